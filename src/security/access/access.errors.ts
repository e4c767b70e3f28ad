import { DomainError, type DomainErrorOptions, type ErrorCategory } from '../../whatsapp/domain/errors.js';
import { REQUEST_ERRORS } from '../../whatsapp/api/http/request.errors.js';

/** Error codes of the security layer, together with those of the HTTP edge. Stable: clients branch on them. */
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

/** Error of the security layer. `SECURITY_ERRORS` gives its category. */
export class SecurityError extends DomainError {
  constructor(code: SecurityErrorCode, message: string, options?: DomainErrorOptions) {
    super(code, SECURITY_ERRORS[code], message, options);
  }
}

/** One API key has the maximum number of open page links. */
export class TooManyLinks extends SecurityError {
  override readonly name = 'TooManyLinks';

  /** @param retryAfterMs the time until the next of these page links expires at the latest */
  constructor(retryAfterMs: number) {
    super('too_many_links', 'Too many page links are open. Revoke some of them, or try again later.', {
      retryAfterMs,
    });
  }
}

/** A client has sent more requests within a minute than it may. */
export class RateLimited extends SecurityError {
  override readonly name = 'RateLimited';

  /** @param retryAfterMs the time until the client may send the next request */
  constructor(retryAfterMs: number) {
    super('rate_limited', 'Too many requests within a minute. Try again later.', { retryAfterMs });
  }
}

export function keyMissing(): SecurityError {
  return new SecurityError(
    'key_missing',
    'This request needs an API key. Send it as "Authorization: Bearer KEY" or "X-API-Key: KEY".',
  );
}

/** One error for every fault of a key: a caller without the right secret learns nothing from it. */
export function keyInvalid(): SecurityError {
  return new SecurityError('key_invalid', 'This API key is not valid. Check the key.');
}

/** Only for callers that have the right secret. */
export function keyExpired(): SecurityError {
  return new SecurityError('key_expired', 'This API key has expired. Request a new key.');
}

/** Only for callers that have the right secret. */
export function keyRevoked(): SecurityError {
  return new SecurityError('key_revoked', 'This API key was revoked. Request a new key.');
}

/** One error for every fault of a link's token: a caller without the right secret learns nothing from it. */
export function linkInvalid(): SecurityError {
  return new SecurityError(
    'link_invalid',
    'This link is not valid. Check that it is complete, or request a new link.',
  );
}

const ENDED_LINKS = {
  expired: { code: 'link_expired', message: 'This link has expired. Request a new link.' },
  revoked: { code: 'link_revoked', message: 'This link was revoked. Request a new link.' },
  used: {
    code: 'link_used',
    message: 'This link was used: its account was linked. Request a new link to link it again.',
  },
} as const;

/**
 * Only for callers that have the right token.
 * @param state `open`: the link expired, and the wall clock was set back to before its expiry
 */
export function linkEnded(state: keyof typeof ENDED_LINKS | 'open'): SecurityError {
  const { code, message } = ENDED_LINKS[state === 'open' ? 'expired' : state];
  return new SecurityError(code, message);
}
