import type { ConnectionEnd } from './connection-end.js';
import type { ErasureRecord, Undated } from '../account.js';
import type { Failure } from '../failure.js';
import type { PairingRequest, StepType } from '../pairing.js';
import type { PhoneNumber } from '../phone-number.js';

/**
 * - `new`: register a device and show codes
 * - `unconfirmed`: log in with stored credentials that WhatsApp may not know: never open, or their logout has been sent
 * - `confirmed`: log in with credentials that have been open
 */
export type Link = 'new' | StoredLink;
export type StoredLink = 'unconfirmed' | 'confirmed';

interface PairingContext {
  readonly request: PairingRequest;
  /** The number of the last step that was shown; never falls within a session. */
  readonly sequence: number;
}

/** What a pairing knows of its attempts. */
interface AttemptProgress extends PairingContext {
  /** Attempts that failed since the last one that got somewhere. */
  readonly tries: number;
  /** WhatsApp has called our version outdated, and a newer one was asked for: that is done once. */
  readonly refreshed: boolean;
}

/** Why a linked account has no connection. */
export interface Outage {
  readonly link: StoredLink;
  /** Null: the service has just started. */
  readonly reason: Failure | null;
  /** Whether the account is in `error` because of it, and not just down. */
  readonly isError: boolean;
  /** Connections that were lost or never came about since the last one that held. */
  readonly tries: number;
  readonly refreshed: boolean;
}

/** What ends a pause: its timer, or the answer whether there is a newer version of WhatsApp Web. */
type Awaits = 'timer' | 'version';

export type Outcome =
  | { readonly kind: 'idle' }
  /** `parked`: WhatsApp ended or refused a stored link; it must not reconnect by itself. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly parked: boolean }
  /** The device was removed on the phone: the credentials are deleted, the connector says so. */
  | { readonly kind: 'unlinked'; readonly failure: Failure }
  /** `confirmed`: there was nothing to log out, or WhatsApp has said that it is done. */
  | { readonly kind: 'disconnected'; readonly confirmed: boolean }
  | { readonly kind: 'eraseFailed' };

/** Each variant holds only what is valid in it. `attempt` is the one socket whose events count. */
export type SessionState =
  | { readonly phase: 'new'; readonly attempt: number }
  /* A pairing: somebody called `POST /pair`. It holds a place and is bounded in time. */
  | ({ readonly phase: 'connecting'; readonly attempt: number; readonly link: Link } & AttemptProgress)
  | ({
      readonly phase: 'waiting';
      readonly attempt: number;
      readonly link: Link;
      readonly awaits: Awaits;
    } & AttemptProgress)
  | ({
      readonly phase: 'showingCode';
      readonly attempt: number;
      readonly step: StepType;
      readonly codes: readonly string[];
      readonly index: number;
    } & AttemptProgress)
  /** WhatsApp accepted the device; the credentials are being stored, the reply is held. */
  | ({ readonly phase: 'accepting'; readonly attempt: number } & PairingContext)
  /** Stored; the reply is on its way, WhatsApp will end this socket (515). */
  | ({ readonly phase: 'accepted'; readonly attempt: number } & PairingContext)
  /* A link: it comes back by itself, without end. */
  /** `tries`: of the outage before; forgotten once the connection has held. */
  | { readonly phase: 'open'; readonly attempt: number; readonly phone: string; readonly tries: number }
  | {
      readonly phase: 'down';
      readonly attempt: number;
      readonly outage: Outage;
      readonly awaits: Awaits;
    }
  /** Waits for its turn in the budget that all accounts share. */
  | { readonly phase: 'queued'; readonly attempt: number; readonly outage: Outage }
  | { readonly phase: 'restoring'; readonly attempt: number; readonly outage: Outage }
  /** `disconnect` was called; `ready` once the connection that carries the logout is open. */
  | { readonly phase: 'unlinking'; readonly attempt: number; readonly ready: boolean }
  | { readonly phase: 'ended'; readonly attempt: number; readonly outcome: Outcome };

export type Phase = SessionState['phase'];
export type In<P extends Phase> = Extract<SessionState, { phase: P }>;

const PAIRING: ReadonlySet<Phase> = new Set([
  'connecting',
  'waiting',
  'showingCode',
  'accepting',
  'accepted',
]);

/** Whether somebody is waiting for this session: it was started by `POST /pair` and is not open yet. */
export function isPairing(state: SessionState): boolean {
  return PAIRING.has(state.phase);
}

export type TimerName = 'attempt' | 'code' | 'retry' | 'session' | 'held' | 'logout';

export type SessionEvent =
  | { readonly type: 'pair'; readonly link: Link; readonly request: PairingRequest }
  /** At the start of the service. `waitMs`: WhatsApp has banned the account for so long still, and `reason` says so. */
  | {
      readonly type: 'restore';
      readonly link: StoredLink;
      readonly reason: Failure | null;
      readonly waitMs: number | null;
    }
  /** The budget lets this session open a socket. */
  | { readonly type: 'loginSlot'; readonly attempt: number }
  | {
      readonly type: 'codes';
      readonly attempt: number;
      readonly step: StepType;
      readonly values: readonly string[];
    }
  | { readonly type: 'codesRedrawn'; readonly attempt: number; readonly values: readonly string[] }
  | { readonly type: 'acceptRequested'; readonly attempt: number; readonly phone: string }
  | { readonly type: 'stored'; readonly attempt: number }
  | { readonly type: 'opened'; readonly attempt: number; readonly phone: string }
  | { readonly type: 'closed'; readonly attempt: number; readonly end: ConnectionEnd }
  | { readonly type: 'startFailed'; readonly attempt: number; readonly failure: Failure }
  | { readonly type: 'versionRefreshed'; readonly attempt: number; readonly newer: boolean }
  /** `confirmed`: WhatsApp has answered that the device is removed. */
  | { readonly type: 'loggedOut'; readonly attempt: number; readonly confirmed: boolean }
  | { readonly type: 'eraseFailed' }
  | { readonly type: 'due'; readonly timer: TimerName }
  | { readonly type: 'stop' }
  /** Like `stop`, also for a link that is down, and the place is kept for the session that follows. */
  | { readonly type: 'replace' }
  | { readonly type: 'disconnect' }
  | { readonly type: 'shutdown' }
  | { readonly type: 'leaseLost' };

export type Effect =
  /** `phoneNumber`: a new device is registered by a code for this number, and not by QR. */
  | {
      readonly do: 'open';
      readonly attempt: number;
      readonly link: Link;
      readonly phoneNumber?: PhoneNumber;
    }
  /** Asks the shared budget; its answer is the event `turn`. */
  | { readonly do: 'waitForLoginSlot' }
  /** Asks for a newer version of WhatsApp Web; the answer is the event `versionRefreshed`. */
  | { readonly do: 'refreshVersion' }
  /** Destroys the current socket now. */
  | { readonly do: 'destroy' }
  /** Lets what was sent leave, then closes; bounded. */
  | { readonly do: 'close' }
  /** `lifeMs: null` keeps the expiry of the code that is replaced. */
  | {
      readonly do: 'showCode';
      readonly step: StepType;
      readonly value: string;
      readonly sequence: number;
      readonly of: number;
      readonly lifeMs: number | null;
    }
  | { readonly do: 'hideCode' }
  | { readonly do: 'storeAccepted' }
  /** The device that WhatsApp accepted is not wanted: WhatsApp is told so, and links none. */
  | { readonly do: 'rejectDevice' }
  /** The connection is open: recorded with the account. */
  | { readonly do: 'recordConnected'; readonly phone: string }
  /** The link is in `error`, and comes back by itself; `parkedForMs`: not before. */
  | { readonly do: 'recordFailure'; readonly failure: Failure; readonly parkedForMs: number | null }
  | { readonly do: 'logout' }
  /** `record`: what stays in the saved config. Null: nothing. */
  | { readonly do: 'erase'; readonly record: Undated<ErasureRecord> | null }
  /** The pairing is over, however: its place is free, its deadline gone. */
  | { readonly do: 'releasePairingSlot' }
  /** Replaces a timer of the same name. Timers other than `session` end with the phase or attempt they were set in. */
  | { readonly do: 'schedule'; readonly timer: TimerName; readonly afterMs: number }
  /** Sets the timer `retry` to any time up to the ceiling: full jitter, so that those who fell together do not come together. */
  | { readonly do: 'scheduleReconnect'; readonly ceilingMs: number }
  | { readonly do: 'finish' };

export interface Step {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}
