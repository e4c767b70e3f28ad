import type { AccountState } from './account.js';

/** Every `code` of an error answer. Stable: clients branch on it. */
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

/** The error of the core: a stable code and a message for people. Independent of HTTP. */
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

  /** @param retryAfterMs the time until the oldest pairing session expires at the latest */
  constructor(readonly retryAfterMs: number) {
    super('too_many_sessions', 'Too many accounts are pairing at the same time. Try again later.');
  }
}

export class TooManyReaders extends DomainError {
  override readonly name = 'TooManyReaders';

  /** @param retryAfterMs the suggested wait; a place becomes free as soon as another client closes its stream */
  constructor(readonly retryAfterMs: number) {
    super('too_many_readers', 'Too many clients are reading events. Try again later.');
  }
}

/** One API key has the maximum number of open page links. */
export class TooManyLinks extends DomainError {
  override readonly name = 'TooManyLinks';

  /** @param retryAfterMs the time until the next of these page links expires at the latest */
  constructor(readonly retryAfterMs: number) {
    super('too_many_links', 'Too many page links are open. Revoke some of them, or try again later.');
  }
}

/** A client has sent more requests within a minute than it may. */
export class RateLimited extends DomainError {
  override readonly name = 'RateLimited';

  /** @param retryAfterMs the time until the client may send the next request */
  constructor(readonly retryAfterMs: number) {
    super('rate_limited', 'Too many requests within a minute. Try again later.');
  }
}

/** The account has no pairing session, so there is no code. `status` has the state of the account. */
export class NoPairing extends DomainError {
  override readonly name = 'NoPairing';

  constructor(readonly status: AccountState) {
    super('no_pairing', 'This account has no pairing session. Start one first.');
  }
}

/** The account has no open connection. Its status says whether it is reconnecting or has to be linked first. */
export class NotConnected extends DomainError {
  override readonly name = 'NotConnected';

  constructor() {
    super('not_connected', 'This account is not connected to WhatsApp.');
  }
}

/** The stored credentials cannot be read. They are kept unchanged until `disconnect` deletes them. */
export class AuthStateCorrupt extends DomainError {
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
export class StorageFailed extends DomainError {
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
