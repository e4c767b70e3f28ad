import type { AccountId } from './account-id.js';
import type { Failure } from './failure.js';

export const ACCOUNT_STATES = ['idle', 'pending', 'connected', 'error'] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

/** The status of an account: exactly the five fields of `GET /status`. */
export interface AccountStatus {
  readonly accountId: AccountId;
  readonly status: AccountState;
  readonly authExists: boolean;
  readonly serviceConnected: boolean;
  readonly servicePhone: string | null;
}

/**
 * An account's entry in the saved config. The transaction that stores the credentials creates it, and the transaction
 * that deletes them deletes it. Exception: when WhatsApp ended the link, the entry stays with `unlinkedAt` set.
 */
export interface Connector {
  readonly accountId: AccountId;
  /**
   * The linked number as WhatsApp writes it: digits, no `+`. Null after the link ended, because the number is deleted
   * with the credentials. Null also when the account's part of the store is damaged.
   */
  readonly phone: string | null;
  /** When WhatsApp accepted the device. */
  readonly linkedAt: Date;
  /**
   * The time of the first successful login with these credentials. Null before that login, and after a logout was sent:
   * WhatsApp then may not know the credentials.
   */
  readonly confirmedAt: Date | null;
  readonly lastConnectedAt: Date | null;
  /**
   * Set when WhatsApp ended the link. The credentials are deleted; the entry stays until `disconnect` or the next
   * pairing.
   */
  readonly unlinkedAt: Date | null;
  /**
   * Why WhatsApp ended or refused the link. Kept across restarts, until a connection opens or another failure replaces
   * it.
   */
  readonly lastError: Failure | null;
  /**
   * Set while the account must not reconnect automatically (440, 402, 403, 406, 411). `until` null: until it is paired
   * again.
   */
  readonly parked: { readonly until: Date | null } | null;
}

/** The record that stays in the saved config when the auth state is erased. */
export type ErasureRecord =
  /** WhatsApp ended the link. The connector stays, so that operators see which account was unlinked and why. */
  | { readonly kind: 'unlinked'; readonly at: Date; readonly failure: Failure }
  /** WhatsApp did not confirm the logout. The phone may still show the device, and the user has to remove it there. */
  | { readonly kind: 'logoutUnconfirmed'; readonly at: Date };

/** A record without its time: a pure function creates the record, and the time is added when it is stored. */
export type Undated<R extends { readonly at: Date }> = R extends unknown ? Omit<R, 'at'> : never;
