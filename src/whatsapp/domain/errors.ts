import type { AccountState } from './account.js';

/** The category of an error. The HTTP edge maps each category to one status. */
export type ErrorCategory =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'not_acceptable'
  | 'timeout'
  | 'conflict'
  | 'too_large'
  | 'unsupported'
  | 'unprocessable'
  | 'too_many'
  | 'headers_too_large'
  | 'failed'
  | 'bad_gateway'
  | 'unavailable';

export interface DomainErrorOptions extends ErrorOptions {
  /** The suggested wait before the same call is repeated, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * An error that a client or a host application can handle: a stable code, its category and a message for people.
 * Independent of HTTP. Each folder declares its codes in a table, and a subclass that reads the category from it.
 */
export class DomainError extends Error {
  override readonly name: string = 'DomainError';
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: string,
    readonly category: ErrorCategory,
    message: string,
    options?: DomainErrorOptions,
  ) {
    super(message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** Error codes of the core. Stable: clients branch on them. */
export const CORE_ERRORS = {
  no_pairing: 'not_found',
  qr_not_ready: 'not_found',
  auth_state_corrupt: 'conflict',
  pairing_by_code: 'conflict',
  other_number_linked: 'conflict',
  not_connected: 'conflict',
  code_refused: 'unprocessable',
  too_many_sessions: 'too_many',
  busy: 'too_many',
  session_start_failed: 'failed',
  storage_failed: 'failed',
  pairing_failed: 'bad_gateway',
  shutting_down: 'unavailable',
} as const satisfies Record<string, ErrorCategory>;

export type CoreErrorCode = keyof typeof CORE_ERRORS;

/** Error of the core. `CORE_ERRORS` gives its category. */
export class CoreError extends DomainError {
  constructor(code: CoreErrorCode, message: string, options?: DomainErrorOptions) {
    super(code, CORE_ERRORS[code], message, options);
  }
}

export class TooManySessions extends CoreError {
  override readonly name = 'TooManySessions';

  /** @param retryAfterMs the time until the oldest pairing session expires at the latest */
  constructor(retryAfterMs: number) {
    super('too_many_sessions', 'Too many accounts are pairing at the same time. Try again later.', {
      retryAfterMs,
    });
  }
}

/** The account has no pairing session, so there is no code. `status` has the state of the account. */
export class NoPairing extends CoreError {
  override readonly name = 'NoPairing';

  constructor(readonly status: AccountState) {
    super('no_pairing', 'This account has no pairing session. Start one first.');
  }
}

/** The account has no open connection. Its status says whether it is reconnecting or has to be linked first. */
export class NotConnected extends CoreError {
  override readonly name = 'NotConnected';

  constructor() {
    super('not_connected', 'This account is not connected to WhatsApp.');
  }
}

/** The stored credentials cannot be read. They are kept unchanged until `disconnect` deletes them. */
export class AuthStateCorrupt extends CoreError {
  override readonly name = 'AuthStateCorrupt';

  constructor(options?: ErrorOptions) {
    super(
      'auth_state_corrupt',
      'The stored credentials of this account cannot be read. Disconnect the account to delete them.',
      options,
    );
  }
}

/** The store could not read or write. The requested change did not happen. */
export class StorageFailed extends CoreError {
  override readonly name = 'StorageFailed';

  constructor(options?: ErrorOptions) {
    super('storage_failed', 'The service could not read or write its store. Nothing was changed.', options);
  }
}

/** The session rejected the device that WhatsApp accepted: the number is wrong. Neither side may keep the device. */
export class DeviceRefused extends Error {
  override readonly name = 'DeviceRefused';

  constructor() {
    super('the session rejected this device');
  }
}

/** The attempt or lease has ended. Its remaining work, such as late writes, is dropped with this error. */
export class AttemptOver extends Error {
  override readonly name = 'AttemptOver';

  constructor() {
    super('this attempt has ended');
  }
}
