import type { AccountId } from '../domain/account-id.js';

/** The right to speak to WhatsApp for an account. Fences every write: a writer belongs to one hold. */
export interface AccountLease {
  readonly accountId: AccountId;
  /** Grows with every hold of the same account; log lines and stored rows can carry it. */
  readonly epoch: number;
  /** Aborts when another process has taken the account over. With a sole owner it never does. */
  readonly lost: AbortSignal;
}

/** Who may open sockets for an account. At most one hold of an account exists at any time, in all processes together. */
export abstract class AccountLeases {
  /** @throws when the account is already held here: the caller forgot a `release` */
  abstract acquire(accountId: AccountId): Promise<AccountLease>;
  /** The hold this process has on the account; memory only. */
  abstract isHeld(accountId: AccountId): AccountLease | undefined;
  /**
   * Offers linked accounts that nobody holds: now, and whenever one becomes free. With a sole owner: all of these, once.
   * @param linked the accounts with stored credentials, as the caller knows them
   * @param offer called later than this call, until `stop`; the account may have been acquired meanwhile
   */
  abstract adopt(linked: readonly AccountId[], offer: (accountId: AccountId) => void): void;
  /** After the socket is closed and the writer has been closed. Releasing twice does nothing. */
  abstract release(lease: AccountLease): Promise<void>;
  /** No hold can be acquired any more. */
  abstract stop(): Promise<void>;
}
