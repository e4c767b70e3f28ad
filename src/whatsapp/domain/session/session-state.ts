import type { ConnectionEnd } from './connection-end.js';
import type { ErasureRecord, Undated } from '../account.js';
import type { Failure } from '../failure.js';
import type { PairingRequest, StepType } from '../pairing.js';
import type { PhoneNumber } from '../phone-number.js';

/**
 * The credentials that an attempt uses.
 * - `new`: none; the attempt registers a device and shows codes
 * - `unconfirmed`: stored credentials that WhatsApp may not know, because no login succeeded yet or a logout was sent
 * - `confirmed`: stored credentials with at least one successful login
 */
export type Link = 'new' | StoredLink;
export type StoredLink = 'unconfirmed' | 'confirmed';

interface PairingContext {
  readonly request: PairingRequest;
  /** The number of the last step that was shown; never decreases within a session. */
  readonly sequence: number;
}

/** The state that a pairing keeps across its attempts. */
interface AttemptProgress extends PairingContext {
  /**
   * The number of failed attempts since the session started, a device was accepted, or its credentials were deleted.
   */
  readonly tries: number;
  /** Whether the session already looked for a newer version of WhatsApp Web; it does so once. */
  readonly refreshed: boolean;
}

/** The period during which a linked account has no connection. */
export interface Outage {
  readonly link: StoredLink;
  /** Null after the start of the service, before the first failure. */
  readonly reason: Failure | null;
  /** Whether the account is in `error`; false while it only reconnects. */
  readonly isError: boolean;
  /** The number of lost or failed connections since the last stable one (`heldMs`). */
  readonly tries: number;
  readonly refreshed: boolean;
}

/** The event that ends a pause: its timer, or the answer whether a newer version of WhatsApp Web is available. */
type Awaits = 'timer' | 'version';

/** The way in which a session ended. */
export type Outcome =
  /** Without a result: stopped, replaced, or the service shuts down. */
  | { readonly kind: 'idle' }
  /** `parked`: WhatsApp ended or refused a stored link; the account must not reconnect automatically. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly parked: boolean }
  /** The device was removed on the phone. The credentials are deleted, and the connector is marked as unlinked. */
  | { readonly kind: 'unlinked'; readonly failure: Failure }
  /** `confirmed`: there was no device to log out, or WhatsApp confirmed the logout. */
  | { readonly kind: 'disconnected'; readonly confirmed: boolean }
  /** `disconnect` could not delete the stored data. */
  | { readonly kind: 'eraseFailed' };

/** The state of a session. `attempt` is the number of the current socket; events of other sockets are dropped. */
export type SessionState =
  | { readonly phase: 'new'; readonly attempt: number }
  /* A pairing: a client called `POST /pair`. It holds a pairing slot and has a time limit. */
  /** A socket is opening: for a new device until the first codes arrive, with credentials until the login succeeds. */
  | ({ readonly phase: 'connecting'; readonly attempt: number; readonly link: Link } & AttemptProgress)
  /** The pause before the next attempt. */
  | ({
      readonly phase: 'waiting';
      readonly attempt: number;
      readonly link: Link;
      readonly awaits: Awaits;
    } & AttemptProgress)
  /** `codes[index]` is shown to the user. */
  | ({
      readonly phase: 'showingCode';
      readonly attempt: number;
      readonly step: StepType;
      readonly codes: readonly string[];
      readonly index: number;
    } & AttemptProgress)
  /** WhatsApp accepted the device. The credentials are being stored; the reply to WhatsApp waits for that. */
  | ({ readonly phase: 'accepting'; readonly attempt: number } & PairingContext)
  /** The credentials are stored and the reply is being sent. WhatsApp then ends this socket (515). */
  | ({ readonly phase: 'accepted'; readonly attempt: number } & PairingContext)
  /* A link: it reconnects automatically and without a limit. */
  /** `tries`: failed attempts of the previous outage; reset to 0 when the connection is stable (`heldMs`). */
  | { readonly phase: 'open'; readonly attempt: number; readonly phone: string; readonly tries: number }
  /** The pause before the next login. */
  | {
      readonly phase: 'down';
      readonly attempt: number;
      readonly outage: Outage;
      readonly awaits: Awaits;
    }
  /** Waits for a login slot of the throttle that all accounts share. */
  | { readonly phase: 'queued'; readonly attempt: number; readonly outage: Outage }
  /** A socket is opening, and the login with the stored credentials is in progress. */
  | { readonly phase: 'restoring'; readonly attempt: number; readonly outage: Outage }
  /** `disconnect` was called. `ready`: the connection is open, and the logout has been sent. */
  | { readonly phase: 'unlinking'; readonly attempt: number; readonly ready: boolean }
  | { readonly phase: 'ended'; readonly attempt: number; readonly outcome: Outcome };

type Phase = SessionState['phase'];
export type In<P extends Phase> = Extract<SessionState, { phase: P }>;

const PAIRING: ReadonlySet<Phase> = new Set([
  'connecting',
  'waiting',
  'showingCode',
  'accepting',
  'accepted',
]);

/** Whether the session was started by `POST /pair` and its connection is not open yet: a client waits for it. */
export function isPairing(state: SessionState): boolean {
  return PAIRING.has(state.phase);
}

/**
 * The timers of a session.
 * - `attempt`: the socket must show a first result
 * - `code`: the code on display expires
 * - `retry`: the pause before the next attempt is over
 * - `session`: the time limit of a pairing
 * - `held`: an open connection counts as stable
 * - `logout`: the time limit of `disconnect`
 */
export type TimerName = 'attempt' | 'code' | 'retry' | 'session' | 'held' | 'logout';

/** The events of a session. Those of a socket carry its number, `attempt`. */
export type SessionEvent =
  /** A client called `POST /pair`. */
  | { readonly type: 'pair'; readonly link: Link; readonly request: PairingRequest }
  /**
   * Reconnects a linked account when the service starts. `waitMs`: the rest of a temporary ban; `reason` then names it.
   */
  | {
      readonly type: 'restore';
      readonly link: StoredLink;
      readonly reason: Failure | null;
      readonly waitMs: number | null;
    }
  /** The login throttle allows this session to open a socket. */
  | { readonly type: 'loginSlot'; readonly attempt: number }
  /** The socket has its codes: all QR codes, or the phone code that WhatsApp accepted. */
  | {
      readonly type: 'codes';
      readonly attempt: number;
      readonly step: StepType;
      readonly values: readonly string[];
    }
  /** The same references with a new secret, after WhatsApp retired the old one. */
  | { readonly type: 'codesRedrawn'; readonly attempt: number; readonly values: readonly string[] }
  /** WhatsApp accepted a device. The gateway holds its reply until the session has decided. */
  | { readonly type: 'acceptRequested'; readonly attempt: number; readonly phone: string }
  /** The credentials of the accepted device are on the disk. */
  | { readonly type: 'stored'; readonly attempt: number }
  | { readonly type: 'opened'; readonly attempt: number; readonly phone: string }
  | { readonly type: 'closed'; readonly attempt: number; readonly end: ConnectionEnd }
  /** The socket could not be created. */
  | { readonly type: 'startFailed'; readonly attempt: number; readonly failure: Failure }
  /** `newer`: a newer version of WhatsApp Web is available. */
  | { readonly type: 'versionRefreshed'; readonly attempt: number; readonly newer: boolean }
  /** `confirmed`: WhatsApp answered that the device is removed. */
  | { readonly type: 'loggedOut'; readonly attempt: number; readonly confirmed: boolean }
  | { readonly type: 'eraseFailed' }
  /** A timer has fired. */
  | { readonly type: 'due'; readonly timer: TimerName }
  | { readonly type: 'stop' }
  /** Like `stop`, but also ends a link that is down, and keeps the pairing slot for the session that follows. */
  | { readonly type: 'replace' }
  | { readonly type: 'disconnect' }
  | { readonly type: 'shutdown' }
  /** Another process has taken the account over: the socket must not send anything more. */
  | { readonly type: 'leaseLost' };

/** The effects that a transition demands. The session runs them in order, one at a time. */
export type Effect =
  /** `phoneNumber`: registers the new device with a phone code for this number; absent: with a QR code. */
  | {
      readonly do: 'open';
      readonly attempt: number;
      readonly link: Link;
      readonly phoneNumber?: PhoneNumber;
    }
  /** Requests a slot of the login throttle; the event `loginSlot` follows. */
  | { readonly do: 'waitForLoginSlot' }
  /** Looks for a newer version of WhatsApp Web; the event `versionRefreshed` follows. */
  | { readonly do: 'refreshVersion' }
  /** Destroys the current socket now. */
  | { readonly do: 'destroy' }
  /** Closes the current socket after the sent data has left; limited in time. */
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
  /** Rejects the device that WhatsApp accepted. The gateway reports that to WhatsApp, which then links no device. */
  | { readonly do: 'rejectDevice' }
  /** Records in the saved config that the connection is open. */
  | { readonly do: 'recordConnected'; readonly phone: string }
  /**
   * Records the `error` of a link that retries automatically. `parkedForMs`: it must not reconnect before that time.
   */
  | { readonly do: 'recordFailure'; readonly failure: Failure; readonly parkedForMs: number | null }
  | { readonly do: 'logout' }
  /** Deletes the stored data of the account. `record`: the record that stays in the saved config; null: none. */
  | { readonly do: 'erase'; readonly record: Undated<ErasureRecord> | null }
  /** The pairing has ended: frees its slot and cancels the timer `session`. */
  | { readonly do: 'releasePairingSlot' }
  /**
   * Starts a timer and replaces one of the same name. A change of phase or attempt cancels every timer but `session`.
   */
  | { readonly do: 'schedule'; readonly timer: TimerName; readonly afterMs: number }
  /**
   * Starts the timer `retry` with a random time up to the ceiling (full jitter): accounts that dropped together spread
   * out.
   */
  | { readonly do: 'scheduleReconnect'; readonly ceilingMs: number }
  /** Releases everything that the session holds and reports its outcome. */
  | { readonly do: 'finish' };

/** The result of a transition: the next state, and the effects to run in this order. */
export interface Step {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}
