import type { ConnectionEnd } from './connection-end.js';
import type { Failure, FailureCode, UserAction } from '../failure.js';

/** Where the session stood when its attempt ended. The same code means different things: 401 before acceptance is a failed pairing, later an unlink. */
export type AttemptPhase = 'pairing' | 'accepted' | 'login' | 'open';

/**
 * - `restart`: open the next attempt at once
 * - `retry`: worth another attempt after a pause; a pairing gives up after a few, a link never does
 * - `unlink`: these credentials will never work again
 * - `stop`: another attempt would not help, or would do harm; the credentials are kept
 */
export type Action = 'restart' | 'retry' | 'unlink' | 'stop';

export interface DisconnectDecision {
  readonly action: Action;
  /** What to tell the person. */
  readonly failure: Failure;
  /** Of `retry`: not the network's whim. A pairing gives up at once, a link says `error` while it goes on. */
  readonly isError: boolean;
  /** Of `retry`: WhatsApp has said how long to wait. */
  readonly afterMs: number | null;
  /** Of `stop`: not if there is a newer version of WhatsApp Web to be. */
  readonly outdated: boolean;
}

type Row = readonly [Action, FailureCode, UserAction, string];

/** WhatsApp's own codes: Baileys `DisconnectReason`, whatsmeow `types/events` (ConnectFailureReason). */
const WHATSAPP_CODES: Readonly<Record<number, Row>> = {
  401: ['unlink', 'unlinked_by_phone', 'scan_again', 'The device was removed on the phone; link it again.'],
  402: ['stop', 'temporarily_banned', 'retry_later', 'WhatsApp has banned this account temporarily.'],
  403: ['stop', 'account_locked', 'contact_operator', 'WhatsApp has locked this account.'],
  405: [
    'stop',
    'client_outdated',
    'update_service',
    'WhatsApp no longer accepts this version of WhatsApp Web.',
  ],
  406: ['stop', 'account_banned', 'contact_operator', 'WhatsApp has banned this account.'],
  411: [
    'stop',
    'multi_device_missing',
    'contact_operator',
    'Linked devices are not available for this account.',
  ],
  440: [
    'stop',
    'replaced',
    'pair_again',
    'The same device has logged in somewhere else; pair the account again to take it back.',
  ],
};

const LOSS_MESSAGES = ['connection_lost', 'retry_later', 'The connection to WhatsApp was lost.'] as const;
const CONNECTION_LOST: Row = ['retry', ...LOSS_MESSAGES];
const SERVER_ERROR: Row = [
  'retry',
  'server_error',
  'retry_later',
  'WhatsApp answered with an error; try again later.',
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
      'WhatsApp did not accept this pairing; scan a new code.',
    ];
  }
  const known = WHATSAPP_CODES[code];
  if (known) return known;
  // WhatsApp restarts the stream of a linked device now and then; before it is linked there is nothing to go on with.
  if (code === 515 && phase !== 'pairing') return ['restart', ...LOSS_MESSAGES];
  if (code === 408 || code === 428 || code === 515) return CONNECTION_LOST;
  return code >= 500 ? SERVER_ERROR : REFUSED;
}

const PASSKEY_REQUIRED: Row = [
  'stop',
  'passkey_required',
  'use_another_account',
  'WhatsApp wants this account’s passkey before it links a device, which this service cannot give, by QR code or by phone code; removing the passkey does not help either. Link an account that WhatsApp does not ask for one.',
];

/** What stands in WhatsApp's answer is told only where it is the plain word that it always is, like `rate-overlimit`. */
function refusedCode({ code, detail }: Extract<ConnectionEnd, { kind: 'code_refused' }>): Row {
  if (code >= 500) return SERVER_ERROR;
  // Our own: WhatsApp leaves it to the person to ask for another code, because somebody else has asked for one.
  if (code === 409) {
    return [
      'stop',
      'code_refused',
      'pair_again',
      'Another device has asked for a code for this number, so this one is good no more; start again for a new one.',
    ];
  }
  const said = detail !== null && /^[a-z][a-z-]{0,39}$/.test(detail) ? `${detail}, ${code}` : String(code);
  if (code === 429) {
    const message = `WhatsApp gives no more codes for this number just now (${said}); try again later, or link it by QR code.`;
    return ['stop', 'code_refused', 'retry_later', message];
  }
  const message = `WhatsApp refused a code for this number (${said}); check that the number is right and uses WhatsApp, or link it by QR code.`;
  return ['stop', 'code_refused', 'check_number', message];
}

function row(end: ConnectionEnd, phase: AttemptPhase): Row {
  switch (end.kind) {
    case 'server_untrusted':
      return [
        'stop',
        'server_untrusted',
        'contact_operator',
        'The server could not prove that it is WhatsApp; nothing was sent to it.',
      ];
    case 'pairing_forged':
      return [
        'stop',
        'pairing_forged',
        'contact_operator',
        'The pairing was not signed by the account that claims it; nothing was stored.',
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
      return ['retry', 'server_error', 'retry_later', 'WhatsApp sent something that could not be read.'];
  }
}

/** What keeps a link from coming back that is not the other side's: it says so, and comes back when it is cured. */
const ERRORS: ReadonlySet<FailureCode> = new Set([
  'server_untrusted',
  'storage_failed',
  'temporarily_banned',
]);

function actionOf(end: ConnectionEnd, phase: AttemptPhase, action: Action): Action {
  if (phase === 'pairing') return action;
  if (end.kind === 'server_untrusted' || end.kind === 'storage_failed') return 'retry';
  // The device is stored: whatever ended this socket (515, or 428 instead of it), logging in tells how things stand.
  if (phase === 'accepted') return 'restart';
  return end.kind === 'whatsapp' && end.code === 402 && end.expiresInMs !== undefined ? 'retry' : action;
}

/** What to do when an attempt has ended. The key is our own error class, then the phase, then WhatsApp's code. */
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
