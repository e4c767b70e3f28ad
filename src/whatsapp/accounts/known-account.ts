import type { Connector } from '../domain/account.js';
import type { Failure } from '../domain/failure.js';
import type { StoredLink } from '../domain/session/session-state.js';

/** The in-memory state of an account that has or had a link. */
export interface KnownAccount {
  /** Null: there are no credentials, because WhatsApp ended the link or its logout was never confirmed. */
  readonly link: StoredLink | null;
  readonly linkedAt: Date | null;
  readonly lastConnectedAt: Date | null;
  readonly failure: Failure | null;
  /** Set while the account must not reconnect automatically, until the given time or without an end. */
  readonly parked: Connector['parked'];
}

export const UNKNOWN: KnownAccount = {
  link: null,
  linkedAt: null,
  lastConnectedAt: null,
  failure: null,
  parked: null,
};

/** Returns the state of a connector without its link: only the auth state store knows whether credentials exist. */
export function knownFrom({ linkedAt, lastConnectedAt, lastError, parked }: Connector): KnownAccount {
  return { link: null, linkedAt, lastConnectedAt, failure: lastError, parked };
}
