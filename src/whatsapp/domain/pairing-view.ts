import type { AccountId } from './account-id.js';
import type { AccountState } from './account-status.js';
import type { Failure } from './failure.js';

/** One code as it stands on the screen. A secret: whoever scans it owns the link. */
export interface PairingCode {
  readonly value: string;
  /** Grows with every code of a session, over all its attempts. */
  readonly sequence: number;
  /** How many references this socket was given. */
  readonly of: number;
  readonly expiresAt: Date;
}

/** What a client needs to draw a pairing. */
export interface PairingView {
  readonly accountId: AccountId;
  readonly status: AccountState;
  readonly startedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly qr: PairingCode | null;
  readonly error: Failure | null;
}
