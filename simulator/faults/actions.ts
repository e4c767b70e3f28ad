import type { PairSuccessForgery } from '../phone/phone.js';
import type { CertificateForgery } from '../wire/certificate-authority.js';
import { QUERY_STAGES, type Stage } from './stages.js';

export const GARBAGE_KINDS = ['undecryptable', 'corrupted', 'undecodable'] as const;
/**
 * `undecryptable`: random bytes (the counters of both sides differ afterwards, so later frames are undecryptable too);
 * `corrupted`: an encrypted frame with one flipped bit; `undecodable`: encrypted correctly, but the content is no
 * stanza.
 */
export type GarbageKind = (typeof GARBAGE_KINDS)[number];

export const RETIRE_CHILDREN = ['companion_reg_refresh', 'pair-device-rotate-qr'] as const;
export type RetireChild = (typeof RETIRE_CHILDREN)[number];

/** An action on a connection that is possible at any time: at a stage by a fault, or at once by `act`. */
export type WireAction =
  /** Destroys the TCP connection; `reset` sends RST instead of FIN. */
  | { type: 'cut'; reset?: boolean }
  /** Closes the connection with a WebSocket close frame. */
  | { type: 'close' }
  /** Stops reading and writing, and keeps the connection open. The server's stanzas wait for `thaw`. */
  | { type: 'freeze' }
  | { type: 'thaw' }
  /**
   * Sends `<failure reason=…>` and closes: WhatsApp refuses logins and registrations like this. `expireS` belongs to
   * 402.
   */
  | { type: 'fail'; code: number; expireS?: number }
  /**
   * Sends `<stream:error>` and closes. `conflict: replaced` is 440; `device_removed` with code 401 is a logout on the
   * phone.
   */
  | { type: 'stream_error'; code?: number; conflict?: 'replaced' | 'device_removed' }
  | { type: 'garbage'; kind: GarbageKind }
  /** Sends, in one WebSocket message, `count` frames of zeros that are not encrypted. Each has `bytes` bytes. */
  | { type: 'raw_frames'; count: number; bytes: number }
  /**
   * Sends a stanza `<ib>` with `nodes` empty children, or with a content of `bytes` zeros. `compressed` deflates it, as
   * the binary XML allows.
   */
  | { type: 'large_stanza'; nodes?: number; bytes?: number; compressed?: boolean }
  /** Retires the QR code on the screen. `qr` is that code, when the caller knows it. */
  | { type: 'retire'; child?: RetireChild; qr?: string }
  /** Withdraws the phone code, and requests another one from the companion (`refresh_code`). */
  | { type: 'refresh_code'; forceManual?: boolean };

/** An action that is possible only at a stage. */
export type StageAction =
  /** Skips the stage (`before`) or everything that follows it (`after`). The rest of the connection continues. */
  | { type: 'silent' }
  /**
   * Waits at the stage until released. `whenGone` decides about the stage when the client closes the connection
   * meanwhile.
   */
  | { type: 'hold'; whenGone?: 'drop' | 'continue' }
  | { type: 'delay'; ms: number }
  /** At `upgrade`: answers with this status instead of 101. */
  | { type: 'http_status'; status: number; keepOpen?: boolean; retryAfterS?: number }
  /** At `upgrade`: accepts permessage-deflate, also when the client has not offered it. Nothing is compressed. */
  | { type: 'accept_deflate' }
  /** At `server_hello`: presents a defective certificate chain. */
  | { type: 'certificate'; forgery: CertificateForgery }
  /** At `scan` and `primary_hello`: the user refuses on the phone. */
  | { type: 'refuse' }
  /** At `pair_success`: sends a forged identity. */
  | { type: 'forge_pair_success'; forgery: PairSuccessForgery }
  /** At a query: answers with an error. */
  | { type: 'query_error'; code: number; text?: string };

export type FaultAction = WireAction | StageAction;

/** Actions that change the work of a stage, with the stages that support them. */
export const VARIATIONS = {
  http_status: ['upgrade'],
  accept_deflate: ['upgrade'],
  certificate: ['server_hello'],
  refuse: ['scan', 'primary_hello'],
  forge_pair_success: ['pair_success'],
  query_error: ['companion_hello', 'companion_finish', ...QUERY_STAGES],
} as const satisfies Partial<Record<FaultAction['type'], readonly Stage[]>>;

export type Variation = Extract<FaultAction, { type: keyof typeof VARIATIONS }>;

/** A stage that answers a query. */
export type QueryErrorStage = (typeof VARIATIONS.query_error)[number];

export function isVariation(action: FaultAction): action is Variation {
  return action.type in VARIATIONS;
}

const STAGE_ONLY: readonly FaultAction['type'][] = ['silent', 'hold', 'delay'];

export function isWireAction(action: FaultAction): action is WireAction {
  return !isVariation(action) && !STAGE_ONLY.includes(action.type);
}
