import type { ConnectionEnd } from './connection-end.js';
import type { Failure, FailureCode } from '../failure.js';

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

interface Row extends Failure {
  readonly action: Action;
}

/** Failures that are not the end of a connection. */
export const FAILURES = {
  qr_expired: {
    code: 'qr_expired',
    message: 'No phone scanned the code in time; start again for a new one.',
    userAction: 'scan_again',
  },
  code_expired: {
    code: 'code_expired',
    message: 'The code was not typed on the phone in time; start again for a new one.',
    userAction: 'pair_again',
  },
  wrong_number: {
    code: 'wrong_number',
    message:
      'Another number than the expected one wanted to be linked; it was refused, and nothing of it is kept.',
    userAction: 'scan_again',
  },
  session_start_failed: {
    code: 'session_start_failed',
    message: 'The session could not be started.',
    userAction: 'contact_operator',
  },
  storage_failed: {
    code: 'storage_failed',
    message: 'The service could not store the credentials.',
    userAction: 'contact_operator',
  },
  auth_state_corrupt: {
    code: 'auth_state_corrupt',
    message: 'The stored credentials cannot be read; disconnect the account to clear them.',
    userAction: 'contact_operator',
  },
  logout_unconfirmed: {
    code: 'logout_unconfirmed',
    message: 'WhatsApp did not confirm the logout: remove the device on the phone, under Linked devices.',
    userAction: 'remove_on_phone',
  },
} as const satisfies Partial<Record<FailureCode, Failure>>;

/** WhatsApp's own codes: Baileys `DisconnectReason`, whatsmeow `types/events` (ConnectFailureReason). */
const WHATSAPP_CODES: Readonly<Record<number, Row>> = {
  401: {
    action: 'unlink',
    code: 'unlinked_by_phone',
    userAction: 'scan_again',
    message: 'The device was removed on the phone; link it again.',
  },
  402: {
    action: 'stop',
    code: 'temporarily_banned',
    userAction: 'retry_later',
    message: 'WhatsApp has banned this account temporarily.',
  },
  403: {
    action: 'stop',
    code: 'account_locked',
    userAction: 'contact_operator',
    message: 'WhatsApp has locked this account.',
  },
  405: {
    action: 'stop',
    code: 'client_outdated',
    userAction: 'update_service',
    message: 'WhatsApp no longer accepts this version of WhatsApp Web.',
  },
  406: {
    action: 'stop',
    code: 'account_banned',
    userAction: 'contact_operator',
    message: 'WhatsApp has banned this account.',
  },
  411: {
    action: 'stop',
    code: 'multi_device_missing',
    userAction: 'contact_operator',
    message: 'Linked devices are not available for this account.',
  },
  440: {
    action: 'stop',
    code: 'replaced',
    userAction: 'pair_again',
    message: 'The same device has logged in somewhere else; pair the account again to take it back.',
  },
};

const CONNECTION_LOST: Row = {
  action: 'retry',
  code: 'connection_lost',
  userAction: 'retry_later',
  message: 'The connection to WhatsApp was lost.',
};
const SERVER_ERROR: Row = {
  action: 'retry',
  code: 'server_error',
  userAction: 'retry_later',
  message: 'WhatsApp answered with an error; try again later.',
};
const REFUSED: Row = {
  action: 'retry',
  code: 'refused',
  userAction: 'retry_later',
  message: 'WhatsApp refused the connection.',
};
const UNREACHABLE: Row = {
  action: 'retry',
  code: 'unreachable',
  userAction: 'retry_later',
  message: 'WhatsApp could not be reached.',
};
const TIMED_OUT: Row = {
  action: 'retry',
  code: 'timed_out',
  userAction: 'retry_later',
  message: 'WhatsApp did not answer in time.',
};

function whatsappRow(code: number, phase: AttemptPhase): Row {
  if (code === 401 && phase === 'pairing') {
    return {
      action: 'stop',
      code: 'pairing_rejected',
      userAction: 'scan_again',
      message: 'WhatsApp did not accept this pairing; scan a new code.',
    };
  }
  const known = WHATSAPP_CODES[code];
  if (known) return known;
  // WhatsApp restarts the stream of a linked device now and then; before it is linked there is nothing to go on with.
  if (code === 515 && phase !== 'pairing') return { ...CONNECTION_LOST, action: 'restart' };
  if (code === 408 || code === 428 || code === 515) return CONNECTION_LOST;
  return code >= 500 ? SERVER_ERROR : REFUSED;
}

const PASSKEY_REQUIRED: Row = {
  action: 'stop',
  code: 'passkey_required',
  userAction: 'use_another_account',
  message:
    'WhatsApp wants this account’s passkey before it links a device, which this service cannot give, by QR code or by phone code; removing the passkey does not help either. Link an account that WhatsApp does not ask for one.',
};

/** What stands in WhatsApp's answer is told only where it is the plain word that it always is, like `rate-overlimit`. */
function refusedCode({ code, detail }: Extract<ConnectionEnd, { kind: 'code_refused' }>): Row {
  if (code >= 500) return SERVER_ERROR;
  // Our own: WhatsApp leaves it to the person to ask for another code, because somebody else has asked for one.
  if (code === 409) {
    return {
      action: 'stop',
      code: 'code_refused',
      userAction: 'pair_again',
      message:
        'Another device has asked for a code for this number, so this one is good no more; start again for a new one.',
    };
  }
  const said = detail !== null && /^[a-z][a-z-]{0,39}$/.test(detail) ? `${detail}, ${code}` : String(code);
  if (code === 429) {
    const message = `WhatsApp gives no more codes for this number just now (${said}); try again later, or link it by QR code.`;
    return { action: 'stop', code: 'code_refused', userAction: 'retry_later', message };
  }
  const message = `WhatsApp refused a code for this number (${said}); check that the number is right and uses WhatsApp, or link it by QR code.`;
  return { action: 'stop', code: 'code_refused', userAction: 'check_number', message };
}

function row(end: ConnectionEnd, phase: AttemptPhase): Row {
  switch (end.kind) {
    case 'server_untrusted':
      return {
        action: 'stop',
        code: 'server_untrusted',
        userAction: 'contact_operator',
        message: 'The server could not prove that it is WhatsApp; nothing was sent to it.',
      };
    case 'pairing_forged':
      return {
        action: 'stop',
        code: 'pairing_forged',
        userAction: 'contact_operator',
        message: 'The pairing was not signed by the account that claims it; nothing was stored.',
      };
    case 'passkey_required':
      return PASSKEY_REQUIRED;
    case 'code_refused':
      return refusedCode(end);
    case 'storage_failed':
      return { action: 'stop', ...FAILURES.storage_failed };
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
      return {
        action: 'retry',
        code: 'server_error',
        userAction: 'retry_later',
        message: 'WhatsApp sent something that could not be read.',
      };
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
  const { action: tabled, code, message, userAction } = row(end, phase);
  const action = actionOf(end, phase, tabled);
  return {
    action,
    failure: { code, message, userAction },
    isError: action === 'retry' && ERRORS.has(code),
    afterMs: action === 'retry' && end.kind === 'whatsapp' ? (end.expiresInMs ?? null) : null,
    outdated: code === 'client_outdated',
  };
}
