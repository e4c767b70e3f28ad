import type { AccountState } from './account.js';

/** Every `code` that an error answer can carry. Stable: clients switch on it. */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_json'
  | 'body_too_large'
  | 'headers_too_large'
  | 'request_timeout'
  | 'unsupported_media_type'
  | 'cross_site'
  | 'key_missing'
  | 'key_invalid'
  | 'key_expired'
  | 'key_revoked'
  | 'link_invalid'
  | 'link_expired'
  | 'link_revoked'
  | 'link_used'
  | 'scope_missing'
  | 'account_forbidden'
  | 'number_forbidden'
  | 'link_unknown'
  | 'return_url_refused'
  | 'too_many_links'
  | 'already_linked'
  | 'rate_limited'
  | 'not_found'
  | 'not_acceptable'
  | 'no_pairing'
  | 'qr_not_ready'
  | 'pairing_by_code'
  | 'code_refused'
  | 'pairing_failed'
  | 'other_number_linked'
  | 'too_many_sessions'
  | 'too_many_readers'
  | 'busy'
  | 'not_connected'
  | 'auth_state_corrupt'
  | 'session_start_failed'
  | 'storage_failed'
  | 'shutting_down'
  | 'internal_error';

/** What the core throws: a stable code and one sentence for a person. It knows nothing of HTTP. */
export class DomainError extends Error {
  override readonly name: string = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export class TooManySessions extends DomainError {
  override readonly name = 'TooManySessions';

  /** @param retryAfterMs until the oldest pairing session can expire at the latest */
  constructor(readonly retryAfterMs: number) {
    super('too_many_sessions', 'Too many accounts are pairing at the same time; try again later.');
  }
}

export class TooManyReaders extends DomainError {
  override readonly name = 'TooManyReaders';

  /** @param retryAfterMs when to ask again; a place is free as soon as a reader has gone */
  constructor(readonly retryAfterMs: number) {
    super('too_many_readers', 'Too many clients are reading events; try again later.');
  }
}

/** With one key as many page links are open as may be. */
export class TooManyLinks extends DomainError {
  override readonly name = 'TooManyLinks';

  /** @param retryAfterMs until the next of them expires at the latest */
  constructor(readonly retryAfterMs: number) {
    super('too_many_links', 'Too many page links are open; take some back, or try again later.');
  }
}

/** Somebody has asked more often within a minute than they may. */
export class RateLimited extends DomainError {
  override readonly name = 'RateLimited';

  /** @param retryAfterMs until they may ask again */
  constructor(readonly retryAfterMs: number) {
    super('rate_limited', 'Too many requests within a minute; try again later.');
  }
}

/** No code can be drawn because no pairing session runs; `status` says how the account is instead. */
export class NoPairing extends DomainError {
  override readonly name = 'NoPairing';

  constructor(readonly status: AccountState) {
    super('no_pairing', 'This account is not pairing.');
  }
}

/** The account has no open connection. Whether it is on its way back, or has to be linked first, its status tells. */
export class NotConnected extends DomainError {
  override readonly name = 'NotConnected';

  constructor() {
    super('not_connected', 'This account is not connected to WhatsApp.');
  }
}

/** Credentials are stored but cannot be read. They are kept as they are; `disconnect` clears them. */
export class AuthStateCorrupt extends DomainError {
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
export class StorageFailed extends DomainError {
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
