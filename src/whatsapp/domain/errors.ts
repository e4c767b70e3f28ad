import type { AccountState } from './account.js';

/** What kind of failure an error is. The HTTP edge maps each category to one status. */
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
  /** When the same call can succeed at the earliest. */
  readonly retryAfterMs?: number;
}

/**
 * An error that a client or a host application can handle: a stable code, its category and one sentence for a person.
 * Each folder declares its codes in a table beside a subclass whose constructor reads the category from that table.
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

/** Codes of the core. Stable: clients switch on them. */
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

export class CoreError extends DomainError {
  constructor(code: CoreErrorCode, message: string, options?: DomainErrorOptions) {
    super(code, CORE_ERRORS[code], message, options);
  }
}

export class TooManySessions extends CoreError {
  override readonly name = 'TooManySessions';

  /** @param retryAfterMs until the oldest pairing session can expire at the latest */
  constructor(retryAfterMs: number) {
    super('too_many_sessions', 'Too many accounts are pairing at the same time; try again later.', {
      retryAfterMs,
    });
  }
}

/** No code can be drawn because no pairing session runs; `status` says how the account is instead. */
export class NoPairing extends CoreError {
  override readonly name = 'NoPairing';

  constructor(readonly status: AccountState) {
    super('no_pairing', 'This account is not pairing.');
  }
}

/** The account has no open connection. Whether it is on its way back, or has to be linked first, its status tells. */
export class NotConnected extends CoreError {
  override readonly name = 'NotConnected';

  constructor() {
    super('not_connected', 'This account is not connected to WhatsApp.');
  }
}

/** Credentials are stored but cannot be read. They are kept as they are; `disconnect` clears them. */
export class AuthStateCorrupt extends CoreError {
  override readonly name = 'AuthStateCorrupt';

  constructor(options?: ErrorOptions) {
    super(
      'auth_state_corrupt',
      'The stored credentials of this account cannot be read; disconnect the account to clear them.',
      options,
    );
  }
}

/** The store could not read or write. Nothing of what was asked for has happened. */
export class StorageFailed extends CoreError {
  override readonly name = 'StorageFailed';

  constructor(options?: ErrorOptions) {
    super('storage_failed', 'The service could not read or write its store; nothing was changed.', options);
  }
}

/** WhatsApp accepted a device that is not wanted here: nothing of it may be kept, on either side. */
export class DeviceRefused extends Error {
  override readonly name = 'DeviceRefused';

  constructor() {
    super('this device is not wanted');
  }
}

/** The attempt or hold this belongs to is over: what it still wanted to do is dropped. */
export class AttemptOver extends Error {
  override readonly name = 'AttemptOver';

  constructor() {
    super('this attempt is over');
  }
}
