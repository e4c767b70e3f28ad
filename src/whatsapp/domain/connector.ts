import type { AccountId } from './account-id.js';
import type { Failure } from './failure.js';

/** An account's entry in the saved config. It appears and disappears in the transaction of its credentials. */
export interface Connector {
  readonly accountId: AccountId;
  /** The linked number as WhatsApp writes it: digits, no `+`. */
  readonly phone: string;
  /** When WhatsApp accepted the device. */
  readonly linkedAt: Date;
  /** When its connection was open for the first time; null: WhatsApp may never have heard of these credentials. */
  readonly confirmedAt: Date | null;
  readonly lastConnectedAt: Date | null;
  /** Why WhatsApp ended or refused the link, until something replaces that. Survives a restart. */
  readonly lastError: Failure | null;
  /** Set while the account must not reconnect by itself (440, 402, 403, 406, 411). */
  readonly parked: { readonly until: Date | null } | null;
}
