import type { ConnectionEnd } from './connection-end.js';
import type { Failure, FailureCode, UserAction } from '../failure.js';

/**
 * The phase in which an attempt ended. It changes the meaning of a code: 401 before acceptance is a failed pairing,
 * later an unlink.
 */
export type AttemptPhase = 'pairing' | 'accepted' | 'login' | 'open';

/**
 * The reaction of a session to the end of its attempt.
 * - `restart`: opens the next attempt at once
 * - `retry`: opens another attempt after a pause; a pairing gives up after a few attempts, a link never does
 * - `unlink`: deletes the credentials, which can never work again
 * - `stop`: opens no further attempt, because it would not help or would do harm; keeps the credentials
 */
export type Action = 'restart' | 'retry' | 'unlink' | 'stop';

export interface DisconnectDecision {
  readonly action: Action;
  /** The failure to report to the user. */
  readonly failure: Failure;
  /**
   * For `retry`: a problem that is not of the network. A pairing gives up at once; a link is in `error` while it
   * retries.
   */
  readonly isError: boolean;
  /** For `retry`: the wait that WhatsApp demands, in milliseconds; null: none. */
  readonly afterMs: number | null;
  /** For `stop`: another attempt makes sense after all when a newer version of WhatsApp Web is available. */
  readonly outdated: boolean;
}

type Row = readonly [Action, FailureCode, UserAction, string];

/**
 * The codes that WhatsApp sends. Sources: Baileys `DisconnectReason`, whatsmeow `types/events` (ConnectFailureReason).
 */
const WHATSAPP_CODES: Readonly<Record<number, Row>> = {
  401: ['unlink', 'unlinked_by_phone', 'scan_again', 'The device was removed on the phone. Link it again.'],
  402: ['stop', 'temporarily_banned', 'retry_later', 'WhatsApp has banned this account temporarily.'],
  403: ['stop', 'account_locked', 'contact_operator', 'WhatsApp has locked this account.'],
  405: [
    'stop',
    'client_outdated',
    'update_service',
    'WhatsApp no longer accepts the WhatsApp Web version of this service.',
  ],
  406: ['stop', 'account_banned', 'contact_operator', 'WhatsApp has banned this account.'],
  411: [
    'stop',
    'multi_device_missing',
    'contact_operator',
    'WhatsApp does not allow linked devices for this account.',
  ],
  440: [
    'stop',
    'replaced',
    'pair_again',
    'Another process logged in with the credentials of this account. Pair the account again to connect it here.',
  ],
};

const LOSS_MESSAGES = ['connection_lost', 'retry_later', 'The connection to WhatsApp was lost.'] as const;
const CONNECTION_LOST: Row = ['retry', ...LOSS_MESSAGES];
const SERVER_ERROR: Row = [
  'retry',
  'server_error',
  'retry_later',
  'WhatsApp answered with an error. Try again later.',
];
const REFUSED: Row = ['retry', 'refused', 'retry_later', 'WhatsApp refused the connection.'];
const UNREACHABLE: Row = ['retry', 'unreachable', 'retry_later', 'WhatsApp could not be reached.'];
const TIMED_OUT: Row = ['retry', 'timed_out', 'retry_later', 'WhatsApp did not answer in time.'];

function whatsappRow(code: number, phase: AttemptPhase): Row {
  if (code === 401 && phase === 'pairing') {
    return [
      'stop',
      'pairing_rejected',
      'scan_again',
      'WhatsApp did not accept this pairing. Scan a new code.',
    ];
  }
  const known = WHATSAPP_CODES[code];
  if (known) return known;
  // WhatsApp sometimes restarts the stream of a linked device. Before acceptance there are no credentials to log in
  // with.
  if (code === 515 && phase !== 'pairing') return ['restart', ...LOSS_MESSAGES];
  if (code === 408 || code === 428 || code === 515) return CONNECTION_LOST;
  return code >= 500 ? SERVER_ERROR : REFUSED;
}

const PASSKEY_REQUIRED: Row = [
  'stop',
  'passkey_required',
  'use_another_account',
  'WhatsApp requires a passkey before it links this account. This service cannot provide one, neither by QR code nor by phone code, and removing the passkey does not help. Use another account.',
];

/**
 * Quotes WhatsApp's answer only when it is a plain word such as `rate-overlimit`, so that no private text reaches a
 * message.
 */
function refusedCode({ code, detail }: Extract<ConnectionEnd, { kind: 'code_refused' }>): Row {
  if (code >= 500) return SERVER_ERROR;
  // 409 is the gateway's code: another device requested a code for this number, so WhatsApp waits for a new request.
  if (code === 409) {
    return [
      'stop',
      'code_refused',
      'pair_again',
      'Another device requested a code for this number, so this code is no longer valid. Start pairing again.',
    ];
  }
  const said = detail !== null && /^[a-z][a-z-]{0,39}$/.test(detail) ? `${detail}, ${code}` : String(code);
  if (code === 429) {
    const message = `WhatsApp issues no more codes for this number at the moment (${said}). Try again later, or link by QR code.`;
    return ['stop', 'code_refused', 'retry_later', message];
  }
  const message = `WhatsApp refused a code for this number (${said}). Check that the number is correct and uses WhatsApp, or link by QR code.`;
  return ['stop', 'code_refused', 'check_number', message];
}

function row(end: ConnectionEnd, phase: AttemptPhase): Row {
  switch (end.kind) {
    case 'server_untrusted':
      return [
        'stop',
        'server_untrusted',
        'contact_operator',
        'The server could not prove that it is WhatsApp. Nothing was sent to it.',
      ];
    case 'pairing_forged':
      return [
        'stop',
        'pairing_forged',
        'contact_operator',
        'The pairing did not carry a valid signature of the account. Nothing was stored.',
      ];
    case 'passkey_required':
      return PASSKEY_REQUIRED;
    case 'code_refused':
      return refusedCode(end);
    case 'storage_failed':
      return ['stop', 'storage_failed', 'contact_operator', 'The service could not store the credentials.'];
    case 'whatsapp':
      return whatsappRow(end.code, phase);
    case 'upgrade_refused':
      if (end.status === 405) return whatsappRow(405, phase);
      return end.status >= 500 ? SERVER_ERROR : REFUSED;
    case 'silent':
      return TIMED_OUT;
    case 'network':
      return end.problem === 'lost' || end.problem === 'closed' ? CONNECTION_LOST : UNREACHABLE;
    case 'protocol_error':
      return ['retry', 'server_error', 'retry_later', 'WhatsApp sent a message that could not be read.'];
  }
}

/** Failures that put a link in `error` while it retries. The link recovers automatically once the problem is solved. */
const ERRORS: ReadonlySet<FailureCode> = new Set([
  'server_untrusted',
  'storage_failed',
  'temporarily_banned',
]);

function actionOf(end: ConnectionEnd, phase: AttemptPhase, action: Action): Action {
  if (phase === 'pairing') return action;
  if (end.kind === 'server_untrusted' || end.kind === 'storage_failed') return 'retry';
  // The device is stored, and WhatsApp ends this socket (515, or sometimes 428). The next login shows the real state.
  if (phase === 'accepted') return 'restart';
  return end.kind === 'whatsapp' && end.code === 402 && end.expiresInMs !== undefined ? 'retry' : action;
}

/**
 * Returns the reaction to the end of an attempt, by the kind of the end first, then the phase, then WhatsApp's code.
 */
export function disconnectPolicy(end: ConnectionEnd, phase: AttemptPhase): DisconnectDecision {
  const [tabled, code, userAction, message] = row(end, phase);
  const action = actionOf(end, phase, tabled);
  return {
    action,
    failure: { code, message, userAction },
    isError: action === 'retry' && ERRORS.has(code),
    afterMs: action === 'retry' && end.kind === 'whatsapp' ? (end.expiresInMs ?? null) : null,
    outdated: code === 'client_outdated',
  };
}
