import type { AuthenticationState, SignalDataSet } from '@whiskeysockets/baileys';

/**
 * The auth state of one attempt. `creds` is one object for the whole attempt; Baileys and this module change it in
 * place.
 */
export interface AttemptAuthState extends AuthenticationState {
  /** Called after `creds` changed. */
  credentialsChanged(): void;
  /** Stores these keys at once, independent of any open transaction of Baileys. */
  storeNow(data: SignalDataSet): Promise<void>;
  /** Ends all reads and writes. `flush` first passes pending changes to the writer, `drop` discards them. */
  retire(mode: 'flush' | 'drop'): void;
}
