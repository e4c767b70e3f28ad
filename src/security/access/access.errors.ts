import { DomainError } from '../../whatsapp/domain/errors.js';

export function keyMissing(): DomainError {
  return new DomainError('key_missing', 'This needs an API key.');
}

/** One error for every fault of a key: a caller without the right secret learns nothing from it. */
export function keyInvalid(): DomainError {
  return new DomainError('key_invalid', 'This key is not valid.');
}

/** Only for callers that have the right secret. */
export function keyExpired(): DomainError {
  return new DomainError('key_expired', 'This key has expired.');
}

/** Only for callers that have the right secret. */
export function keyRevoked(): DomainError {
  return new DomainError('key_revoked', 'This key was revoked.');
}

/** One error for every fault of a link's token: a caller without the right secret learns nothing from it. */
export function linkInvalid(): DomainError {
  return new DomainError('link_invalid', 'This link is not valid.');
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
export function linkEnded(state: keyof typeof ENDED_LINKS | 'open'): DomainError {
  const { code, message } = ENDED_LINKS[state === 'open' ? 'expired' : state];
  return new DomainError(code, message);
}
