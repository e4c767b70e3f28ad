import { DomainError, type DomainErrorOptions, type ErrorCategory } from '../../whatsapp/domain/errors.js';
import { REQUEST_ERRORS } from '../../whatsapp/api/http/request.errors.js';

/** Codes of the security layer, and those of the HTTP edge, which it answers too. Stable: clients switch on them. */
export const SECURITY_ERRORS = {
  ...REQUEST_ERRORS,
  return_url_refused: 'invalid',
  key_missing: 'unauthenticated',
  key_invalid: 'unauthenticated',
  key_expired: 'unauthenticated',
  key_revoked: 'unauthenticated',
  link_invalid: 'unauthenticated',
  link_expired: 'unauthenticated',
  link_revoked: 'unauthenticated',
  link_used: 'unauthenticated',
  link_unknown: 'not_found',
  already_linked: 'conflict',
  too_many_links: 'too_many',
  rate_limited: 'too_many',
} as const satisfies Record<string, ErrorCategory>;

export type SecurityErrorCode = keyof typeof SECURITY_ERRORS;

export class SecurityError extends DomainError {
  constructor(code: SecurityErrorCode, message: string, options?: DomainErrorOptions) {
    super(code, SECURITY_ERRORS[code], message, options);
  }
}

/** With one key as many page links are open as may be. */
export class TooManyLinks extends SecurityError {
  override readonly name = 'TooManyLinks';

  /** @param retryAfterMs until the next of them expires at the latest */
  constructor(retryAfterMs: number) {
    super('too_many_links', 'Too many page links are open; take some back, or try again later.', {
      retryAfterMs,
    });
  }
}

/** Somebody has asked more often within a minute than they may. */
export class RateLimited extends SecurityError {
  override readonly name = 'RateLimited';

  /** @param retryAfterMs until they may ask again */
  constructor(retryAfterMs: number) {
    super('rate_limited', 'Too many requests within a minute; try again later.', { retryAfterMs });
  }
}

export function keyMissing(): SecurityError {
  return new SecurityError('key_missing', 'This needs an API key.');
}

/** One error for every fault of a key: a caller without the right secret learns nothing from it. */
export function keyInvalid(): SecurityError {
  return new SecurityError('key_invalid', 'This key is not valid.');
}

/** Only for callers that have the right secret. */
export function keyExpired(): SecurityError {
  return new SecurityError('key_expired', 'This key has expired.');
}

/** Only for callers that have the right secret. */
export function keyRevoked(): SecurityError {
  return new SecurityError('key_revoked', 'This key was revoked.');
}

/** One error for every fault of a link's token: a caller without the right secret learns nothing from it. */
export function linkInvalid(): SecurityError {
  return new SecurityError('link_invalid', 'This link is not valid.');
}

const ENDED_LINKS = {
  expired: { code: 'link_expired', message: 'This link has expired.' },
  revoked: { code: 'link_revoked', message: 'This link was revoked.' },
  used: { code: 'link_used', message: 'This link has done its work: the account was linked.' },
} as const;

/**
 * Only for callers that have the right token.
 * @param state `open`: the link expired, and the wall clock was set back to before its expiry
 */
export function linkEnded(state: keyof typeof ENDED_LINKS | 'open'): SecurityError {
  const { code, message } = ENDED_LINKS[state === 'open' ? 'expired' : state];
  return new SecurityError(code, message);
}
