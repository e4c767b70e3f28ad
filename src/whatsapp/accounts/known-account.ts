import type { Connector } from '../domain/account.js';
import type { Failure } from '../domain/failure.js';
import type { StoredLink } from '../domain/session/session-state.js';

/** What is known of an account that has, or had, a link. */
export interface KnownAccount {
  /** Null: WhatsApp has ended the link, or its logout was never confirmed; there are no credentials. */
  readonly link: StoredLink | null;
  readonly linkedAt: Date | null;
  readonly lastConnectedAt: Date | null;
  readonly failure: Failure | null;
  /** It must not reconnect by itself, or not before. */
  readonly parked: Connector['parked'];
}

export const UNKNOWN: KnownAccount = {
  link: null,
  linkedAt: null,
  lastConnectedAt: null,
  failure: null,
  parked: null,
};

/** Whether there are credentials is the store's to say. */
export function knownFrom({ linkedAt, lastConnectedAt, lastError, parked }: Connector): KnownAccount {
  return { link: null, linkedAt, lastConnectedAt, failure: lastError, parked };
}
