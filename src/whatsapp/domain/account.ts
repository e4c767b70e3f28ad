import type { AccountId } from './account-id.js';
import type { Failure } from './failure.js';

export const ACCOUNT_STATES = ['idle', 'pending', 'connected', 'error'] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

/** Exactly the five fields of `GET /status`. */
export interface AccountStatus {
  readonly accountId: AccountId;
  readonly status: AccountState;
  readonly authExists: boolean;
  readonly serviceConnected: boolean;
  readonly servicePhone: string | null;
}

/**
 * An account's entry in the saved config. It appears in the transaction of its credentials and disappears with them,
 * unless WhatsApp ended the link: then it stays, marked `unlinkedAt`.
 */
export interface Connector {
  readonly accountId: AccountId;
  /**
   * The linked number as WhatsApp writes it: digits, no `+`. Null once the link has ended (the number goes with the
   * credentials), and when the account's part of the store is damaged.
   */
  readonly phone: string | null;
  /** When WhatsApp accepted the device. */
  readonly linkedAt: Date;
  /** When WhatsApp was first seen to know these credentials; null: it may never have, or has been sent their logout. */
  readonly confirmedAt: Date | null;
  readonly lastConnectedAt: Date | null;
  /**
   * Set when WhatsApp ended the link: there are no credentials any more; the entry stays until `disconnect` or the next
   * pairing.
   */
  readonly unlinkedAt: Date | null;
  /** Why WhatsApp ended or refused the link, until something replaces that. Survives a restart. */
  readonly lastError: Failure | null;
  /** Set while the account must not reconnect by itself (440, 402, 403, 406, 411). */
  readonly parked: { readonly until: Date | null } | null;
}

/** What stays in the saved config when the auth state is erased. */
export type ErasureRecord =
  /** WhatsApp ended the link: the connector stays, marked, so that people see which account it was and why. */
  | { readonly kind: 'unlinked'; readonly at: Date; readonly failure: Failure }
  /** WhatsApp never confirmed the logout: the phone may still show the device, and its owner has to be told. */
  | { readonly kind: 'logoutUnconfirmed'; readonly at: Date };

/** A record before it has a time: a pure function decides on it, and it is dated when it is stored. */
export type Undated<R extends { readonly at: Date }> = R extends unknown ? Omit<R, 'at'> : never;
