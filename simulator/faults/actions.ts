import type { PairSuccessForgery } from '../phone/phone.js';
import type { CertificateForgery } from '../wire/certificate-authority.js';
import type { Stage } from './stages.js';

export const GARBAGE_KINDS = ['undecryptable', 'corrupted', 'undecodable'] as const;
/**
 * `undecryptable`: random bytes that no key ever sealed (the counters of both sides part, the rest is noise too);
 * `corrupted`: a sealed frame with one bit flipped on the way; `undecodable`: sealed properly, no stanza inside.
 */
export type GarbageKind = (typeof GARBAGE_KINDS)[number];

export const RETIRE_CHILDREN = ['companion_reg_refresh', 'pair-device-rotate-qr'] as const;
export type RetireChild = (typeof RETIRE_CHILDREN)[number];

/** What can be done to a connection at any moment: at a stage by a fault, or at once. */
export type WireAction =
  /** Destroys the TCP connection; `reset` sends RST instead of FIN. */
  | { type: 'cut'; reset?: boolean }
  /** Ends it politely, with a WebSocket close frame. */
  | { type: 'close' }
  /** Stops reading and writing and keeps the connection; what the server says meanwhile waits for `thaw`. */
  | { type: 'freeze' }
  | { type: 'thaw' }
  /** `<failure reason=…>` and the end: how WhatsApp refuses a login or a registration. `expireS` belongs to 402. */
  | { type: 'fail'; code: number; expireS?: number }
  /** `<stream:error>` and the end. `conflict: replaced` is 440, `device_removed` with code 401 is the phone's logout. */
  | { type: 'stream_error'; code?: number; conflict?: 'replaced' | 'device_removed' }
  | { type: 'garbage'; kind: GarbageKind }
  /** Retires the code on the screen; `qr` is that code where the caller knows it. */
  | { type: 'retire'; child?: RetireChild; qr?: string }
  /** The code that was to be typed is good no more, the companion is asked for another (`refresh_code`). */
  | { type: 'refresh_code'; forceManual?: boolean };

/** What only a stage can have done to it. */
export type StageAction =
  /** The stage never happens, or after it nothing more of its course; everything else on the connection goes on. */
  | { type: 'silent' }
  /** Waits at the stage until released. `whenGone`: what becomes of the stage if the client goes away meanwhile. */
  | { type: 'hold'; whenGone?: 'drop' | 'continue' }
  | { type: 'delay'; ms: number }
  /** At `upgrade`, instead of 101. */
  | { type: 'http_status'; status: number; keepOpen?: boolean; retryAfterS?: number }
  /** At `server_hello`. */
  | { type: 'certificate'; forgery: CertificateForgery }
  /** At `scan` and `primary_hello`: the person looks at the phone and says no. */
  | { type: 'refuse' }
  /** At `pair_success`. */
  | { type: 'forge_pair_success'; forgery: PairSuccessForgery }
  /** At a query: answers with an error. */
  | { type: 'query_error'; code: number; text?: string };

export type FaultAction = WireAction | StageAction;

/** Actions that change what a stage does instead of acting beside it, and the stages that know them. */
export const VARIATIONS = {
  http_status: ['upgrade'],
  certificate: ['server_hello'],
  refuse: ['scan', 'primary_hello'],
  forge_pair_success: ['pair_success'],
  query_error: [
    'companion_hello',
    'companion_finish',
    'prekey_count',
    'prekey_upload',
    'digest',
    'key_bundles',
    'passive',
    'logout',
    'ping',
    'query',
  ],
} as const satisfies Partial<Record<FaultAction['type'], readonly Stage[]>>;

export type Variation = Extract<FaultAction, { type: keyof typeof VARIATIONS }>;

export function isVariation(action: FaultAction): action is Variation {
  return action.type in VARIATIONS;
}

const STAGE_ONLY: readonly FaultAction['type'][] = ['silent', 'hold', 'delay'];

export function isWireAction(action: FaultAction): action is WireAction {
  return !isVariation(action) && !STAGE_ONLY.includes(action.type);
}
