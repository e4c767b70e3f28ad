// Fault: Baileys 7.0.0-rc14 sends a message before it stores the Signal ratchet that encrypted the message.
// Remove when Baileys stores changed sessions and sender keys before it sends the message.

import type {
  SignalAuthState,
  SignalDataSet,
  SignalKeyStoreWithTransaction,
  SignalRepositoryWithLIDStore,
} from '@whiskeysockets/baileys';
import type { AttemptAuthState } from '../auth-state/auth-state.js';

type Keys = SignalKeyStoreWithTransaction;

/**
 * Wraps the Signal repository so that an encryption's ratchet is stored before its message leaves.
 * Baileys sends a message inside the transaction of its encryption, and stores the ratchet afterwards. A process
 * that ends in between would encrypt the next message with the key of the last one. The recipient could not read it.
 * A message that never left only uses up a key, which is harmless.
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
