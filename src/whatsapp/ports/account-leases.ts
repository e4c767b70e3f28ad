import type { AccountId } from '../domain/account-id.js';

/** The right to connect to WhatsApp for an account. It fences every write: a writer belongs to one lease. */
export interface AccountLease {
  readonly accountId: AccountId;
  /** Increases with every lease of the same account; log lines and stored rows can carry it. */
  readonly epoch: number;
  /** Aborts when another process has taken the account over. Never aborts when only one process serves the accounts. */
  readonly lost: AbortSignal;
}

/** Grants leases of accounts. At most one lease of an account exists at any time, across all processes. */
export abstract class AccountLeases {
  /**
   * Takes the lease of the account. Only its holder may open sockets for the account.
   * @throws when this process already holds it
   */
  abstract acquire(accountId: AccountId): Promise<AccountLease>;
  /** Returns the lease that this process holds for the account. Reads memory only. */
  abstract held(accountId: AccountId): AccountLease | undefined;
  /**
   * Offers linked accounts that no process holds: now, and whenever one becomes free. With a single process: all of
   * `linked`, once.
   * @param linked the accounts with stored credentials
   * @param offer called after this method has returned, until `stop`; the account may have been acquired since
   */
  abstract adopt(linked: readonly AccountId[], offer: (accountId: AccountId) => void): void;
  /** Gives the lease back, after the socket and the writer are closed. Releasing twice does nothing. */
  abstract release(lease: AccountLease): Promise<void>;
  /** Ends the offers. After it no lease can be acquired. */
  abstract stop(): Promise<void>;
}
