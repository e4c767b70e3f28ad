import { DomainError } from '../../whatsapp/domain/errors.js';

export function keyMissing(): DomainError {
  return new DomainError(
    'key_missing',
    'This request needs an API key. Send it as "Authorization: Bearer KEY" or "X-API-Key: KEY".',
  );
}

/** One error for every fault of a key: a caller without the right secret learns nothing from it. */
export function keyInvalid(): DomainError {
  return new DomainError('key_invalid', 'This API key is not valid. Check the key.');
}

/** Only for callers that have the right secret. */
export function keyExpired(): DomainError {
  return new DomainError('key_expired', 'This API key has expired. Request a new key.');
}

/** Only for callers that have the right secret. */
export function keyRevoked(): DomainError {
  return new DomainError('key_revoked', 'This API key was revoked. Request a new key.');
}

/** One error for every fault of a link's token: a caller without the right secret learns nothing from it. */
export function linkInvalid(): DomainError {
  return new DomainError(
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
export function linkEnded(state: keyof typeof ENDED_LINKS | 'open'): DomainError {
  const { code, message } = ENDED_LINKS[state === 'open' ? 'expired' : state];
  return new DomainError(code, message);
}
