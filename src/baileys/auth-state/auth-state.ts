import type { AuthenticationState, SignalDataSet } from '@whiskeysockets/baileys';

/** What a socket works on. `creds` is one object for the whole attempt: Baileys and we change it in place. */
export interface AttemptAuthState extends AuthenticationState {
  /** `creds` has changed. */
  credentialsChanged(): void;
  /** Stores these keys, whatever transaction of Baileys is under way. */
  storeNow(data: SignalDataSet): Promise<void>;
  /** Hands over to the writer what is still waiting, and from then on neither reads nor writes. */
  retire(mode: 'flush' | 'drop'): void;
}
