import { DomainError, type DomainErrorOptions, type ErrorCategory } from '../../domain/errors.js';

/** Error codes of the HTTP edge. Stable: clients branch on them. */
export const REQUEST_ERRORS = {
  invalid_request: 'invalid',
  invalid_json: 'invalid',
  cross_site: 'forbidden',
  scope_missing: 'forbidden',
  account_forbidden: 'forbidden',
  number_forbidden: 'forbidden',
  not_found: 'not_found',
  not_acceptable: 'not_acceptable',
  request_timeout: 'timeout',
  body_too_large: 'too_large',
  unsupported_media_type: 'unsupported',
  internal_error: 'failed',
  too_many_readers: 'unavailable',
} as const satisfies Record<string, ErrorCategory>;

export type RequestErrorCode = keyof typeof REQUEST_ERRORS;

/** Error of the HTTP edge. `REQUEST_ERRORS` gives its category. */
export class RequestError extends DomainError {
  constructor(code: RequestErrorCode, message: string, options?: DomainErrorOptions) {
    super(code, REQUEST_ERRORS[code], message, options);
  }
}

export class TooManyReaders extends RequestError {
  override readonly name = 'TooManyReaders';

  /** @param retryAfterMs the suggested wait; a place becomes free as soon as another client closes its stream */
  constructor(retryAfterMs: number) {
    super('too_many_readers', 'Too many clients are reading events. Try again later.', { retryAfterMs });
  }
}
