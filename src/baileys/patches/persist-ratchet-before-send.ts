import type {
  SignalAuthState,
  SignalDataSet,
  SignalKeyStoreWithTransaction,
  SignalRepositoryWithLIDStore,
} from '@whiskeysockets/baileys';
import type { AttemptAuthState } from '../auth-state/auth-state.js';

type Keys = SignalKeyStoreWithTransaction;

/**
 * Baileys sends a message from within the transaction that its encryption belongs to, and stores the ratchet when the message
 * has left. A process that dies in between would encrypt the next message with the key of the last one, and whoever gets it
 * could not read it. So what an encryption has moved on is stored before the message leaves; that a message which never left
 * has used up a key harms nobody.
 */
export function persistRatchetBeforeSend(
  auth: SignalAuthState,
  store: Pick<AttemptAuthState, 'storeNow'>,
  make: (auth: SignalAuthState) => SignalRepositoryWithLIDStore,
): SignalRepositoryWithLIDStore {
  const inner = auth.keys as Keys;
  let encryptions = 0;
  const keys: Keys = {
    ...inner,
    set: async (data: SignalDataSet) => {
      await inner.set(data);
      const { session, 'sender-key': senderKey } = data;
      if (encryptions === 0 || (!session && !senderKey)) return;
      await store.storeNow({ ...(session && { session }), ...(senderKey && { 'sender-key': senderKey }) });
    },
  };
  const repository = make({ ...auth, keys });

  function counted<Args extends unknown[], Result>(
    encrypt: (...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result> {
    return async (...args) => {
      encryptions += 1;
      try {
        return await encrypt(...args);
      } finally {
        encryptions -= 1;
      }
    };
  }
  repository.encryptMessage = counted(repository.encryptMessage.bind(repository));
  repository.encryptGroupMessage = counted(repository.encryptGroupMessage.bind(repository));
  return repository;
}
