import type { AccountId } from './account-id.js';
import type { Failure } from './failure.js';

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
