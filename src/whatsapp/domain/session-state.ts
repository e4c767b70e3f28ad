import type { ConnectionEnd } from './connection-end.js';
import type { Failure } from './failure.js';

/** `new`: register a device and show codes. `stored`: log in with the stored credentials. */
export type Link = 'new' | 'stored';

interface Tries {
  /** Attempts that failed since the last one that got somewhere. */
  readonly tries: number;
  /** The number of the last code that was shown; never falls within a session. */
  readonly sequence: number;
}

export type Outcome =
  | { readonly kind: 'idle' }
  /** `parked`: WhatsApp ended or refused a stored link; it must not reconnect by itself. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly parked: boolean }
  /** `unreached`: the account is linked, and no connection came about that could carry the logout. */
  | { readonly kind: 'disconnected'; readonly unreached: boolean }
  | { readonly kind: 'eraseFailed' };

/** Each variant holds only what is valid in it. `attempt` is the one socket whose events count. */
export type SessionState =
  | { readonly phase: 'new'; readonly attempt: number }
  | ({ readonly phase: 'connecting'; readonly attempt: number; readonly link: Link } & Tries)
  | ({ readonly phase: 'waiting'; readonly attempt: number; readonly link: Link } & Tries)
  | ({
      readonly phase: 'showingCode';
      readonly attempt: number;
      readonly codes: readonly string[];
      readonly index: number;
    } & Tries)
  /** WhatsApp accepted the device; the credentials are being stored, the reply is held. */
  | { readonly phase: 'accepting'; readonly attempt: number; readonly sequence: number }
  /** Stored; the reply is on its way, WhatsApp will end this socket (515). */
  | { readonly phase: 'accepted'; readonly attempt: number; readonly sequence: number }
  | { readonly phase: 'open'; readonly attempt: number; readonly phone: string }
  /** `disconnect` was called; `ready` once the connection that carries the logout is open. */
  | { readonly phase: 'unlinking'; readonly attempt: number; readonly ready: boolean }
  | { readonly phase: 'ended'; readonly attempt: number; readonly outcome: Outcome };

export type TimerName = 'attempt' | 'code' | 'retry' | 'session' | 'logout';

export type SessionEvent =
  | { readonly type: 'pair'; readonly link: Link }
  | { readonly type: 'codes'; readonly attempt: number; readonly values: readonly string[] }
  | { readonly type: 'codesRedrawn'; readonly attempt: number; readonly values: readonly string[] }
  | { readonly type: 'acceptRequested'; readonly attempt: number }
  | { readonly type: 'stored'; readonly attempt: number }
  | { readonly type: 'opened'; readonly attempt: number; readonly phone: string }
  | { readonly type: 'closed'; readonly attempt: number; readonly end: ConnectionEnd }
  | { readonly type: 'startFailed'; readonly attempt: number; readonly failure: Failure }
  | { readonly type: 'loggedOut'; readonly attempt: number }
  | { readonly type: 'eraseFailed' }
  | { readonly type: 'due'; readonly timer: TimerName }
  | { readonly type: 'stop' }
  /** Like `stop`, but the place is kept for the session that follows: a replacement never fails for the limit. */
  | { readonly type: 'replace' }
  | { readonly type: 'disconnect' }
  | { readonly type: 'shutdown' }
  | { readonly type: 'ownershipLost' };

export type Effect =
  | { readonly do: 'open'; readonly attempt: number; readonly link: Link }
  /** Destroys the current socket now. */
  | { readonly do: 'cut' }
  /** Lets what was sent leave, then closes; bounded. */
  | { readonly do: 'end' }
  /** `lifeMs: null` keeps the expiry of the code that is drawn again. */
  | {
      readonly do: 'showCode';
      readonly value: string;
      readonly sequence: number;
      readonly of: number;
      readonly lifeMs: number | null;
    }
  | { readonly do: 'hideCode' }
  | { readonly do: 'storeAccepted' }
  /** The connection is open: recorded with the account. */
  | { readonly do: 'recordOpen'; readonly phone: string }
  | { readonly do: 'logout' }
  | { readonly do: 'erase' }
  /** The pairing is over, however: its place is free, its deadline gone. */
  | { readonly do: 'leavePairing' }
  /** Replaces a timer of the same name. Timers other than `session` end with the phase or attempt they were set in. */
  | { readonly do: 'schedule'; readonly timer: TimerName; readonly afterMs: number }
  | { readonly do: 'finish' };

export interface Step {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}
