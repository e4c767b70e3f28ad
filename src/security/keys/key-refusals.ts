import { DomainError } from '../../whatsapp/domain/errors.js';

export function keyMissing(): DomainError {
  return new DomainError('key_missing', 'This needs an API key.');
}

/** The same for all that is wrong with a key: who tries learns nothing. */
export function keyInvalid(): DomainError {
  return new DomainError('key_invalid', 'This key is not valid.');
}

/** These two only for whoever has the right secret. */
export function keyExpired(): DomainError {
  return new DomainError('key_expired', 'This key has expired.');
}

export function keyRevoked(): DomainError {
  return new DomainError('key_revoked', 'This key was revoked.');
}
