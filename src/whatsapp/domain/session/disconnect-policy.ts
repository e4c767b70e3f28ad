import type { ConnectionEnd } from './connection-end.js';
import type { Failure, FailureCode } from '../failure.js';

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
  /** For `stop`: whether another attempt can succeed with a newer version of WhatsApp Web. */
  readonly outdated: boolean;
}

/** A row of the table: the reaction, and the failure to report. */
interface Row extends Failure {
  readonly action: Action;
}

/** Failures that can also occur without the end of a connection. */
export const FAILURES = {
  qr_expired: {
    code: 'qr_expired',
    message: 'No phone scanned the QR code in time. Start again for a new code.',
    userAction: 'scan_again',
  },
  code_expired: {
    code: 'code_expired',
    message: 'The code was not entered on the phone in time. Start again for a new code.',
    userAction: 'pair_again',
  },
  wrong_number: {
    code: 'wrong_number',
    message:
      'A phone with another number than the expected one used the code. The service rejected it and stored no data of it.',
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
    message: 'The stored credentials cannot be read. Disconnect the account to delete them.',
    userAction: 'contact_operator',
  },
  logout_unconfirmed: {
    code: 'logout_unconfirmed',
    message: 'WhatsApp did not confirm the logout. Remove the device on the phone, under Linked devices.',
    userAction: 'remove_on_phone',
  },
} as const satisfies Partial<Record<FailureCode, Failure>>;

/**
 * The codes that WhatsApp sends. Sources: Baileys `DisconnectReason`, whatsmeow `types/events` (ConnectFailureReason).
 */
const WHATSAPP_CODES: Readonly<Record<number, Row>> = {
  401: {
    action: 'unlink',
    code: 'unlinked_by_phone',
    userAction: 'scan_again',
    message: 'The device was removed on the phone. Link it again.',
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
    message: 'WhatsApp no longer accepts the WhatsApp Web version of this service.',
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
    message: 'WhatsApp does not allow linked devices for this account.',
  },
  440: {
    action: 'stop',
    code: 'replaced',
    userAction: 'pair_again',
    message:
      'Another process logged in with the credentials of this account. Pair the account again to connect it here.',
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
  message: 'WhatsApp answered with an error. Try again later.',
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
      message: 'WhatsApp did not accept this pairing. Scan a new code.',
    };
  }
  const known = WHATSAPP_CODES[code];
  if (known) return known;
  // WhatsApp sometimes restarts the stream of a linked device. Before acceptance there are no credentials to log in
  // with.
  if (code === 515 && phase !== 'pairing') return { ...CONNECTION_LOST, action: 'restart' };
  if (code === 408 || code === 428 || code === 515) return CONNECTION_LOST;
  return code >= 500 ? SERVER_ERROR : REFUSED;
}

const PASSKEY_REQUIRED: Row = {
  action: 'stop',
  code: 'passkey_required',
  userAction: 'use_another_account',
  message:
    'WhatsApp requires a passkey before it links this account. This service cannot provide one, neither by QR code nor by phone code, and removing the passkey does not help. Use another account.',
};

/**
 * Returns the row of a refused phone code. It quotes WhatsApp's answer only when that is a plain word such as
 * `rate-overlimit`, so that no private text reaches a message.
 */
function refusedCode({ code, detail }: Extract<ConnectionEnd, { kind: 'code_refused' }>): Row {
  if (code >= 500) return SERVER_ERROR;
  // 409 is the gateway's code: another device requested a code for this number, so WhatsApp waits for a new request.
  if (code === 409) {
    return {
      action: 'stop',
      code: 'code_refused',
      userAction: 'pair_again',
      message:
        'Another device requested a code for this number, so this code is no longer valid. Start pairing again.',
    };
  }
  const said = detail !== null && /^[a-z][a-z-]{0,39}$/.test(detail) ? `${detail}, ${code}` : String(code);
  if (code === 429) {
    const message = `WhatsApp issues no further codes for this number at the moment (${said}). Try again later, or link by QR code.`;
    return { action: 'stop', code: 'code_refused', userAction: 'retry_later', message };
  }
  const message = `WhatsApp refused a code for this number (${said}). Check that the number is correct and uses WhatsApp, or link by QR code.`;
  return { action: 'stop', code: 'code_refused', userAction: 'check_number', message };
}

function row(end: ConnectionEnd, phase: AttemptPhase): Row {
  switch (end.kind) {
    case 'server_untrusted':
      return {
        action: 'stop',
        code: 'server_untrusted',
        userAction: 'contact_operator',
        message: 'The server could not prove that it is WhatsApp. Nothing was sent to it.',
      };
    case 'pairing_forged':
      return {
        action: 'stop',
        code: 'pairing_forged',
        userAction: 'contact_operator',
        message: 'The pairing did not carry a valid signature of the account. Nothing was stored.',
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
    case 'stanza_too_large':
      return {
        action: 'retry',
        code: 'stanza_too_large',
        userAction: 'retry_later',
        message:
          'WhatsApp sent a message that is larger than this service accepts. The service connects again automatically.',
      };
    case 'protocol_error':
      return {
        action: 'retry',
        code: 'server_error',
        userAction: 'retry_later',
        message: 'WhatsApp sent a message that could not be read.',
      };
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
