import type { IncomingMessage } from 'node:http';
import type { DomainError } from '../../whatsapp/domain/errors.js';
import type { Authentication } from './authentication.js';

/** Result of authenticating a request when it arrived: the authentication, or the reason why it failed. */
export type AuthenticationResult =
  | { readonly authentication: Authentication; readonly failure: null }
  | { readonly authentication: null; readonly failure: DomainError };

/** Stored on the request itself, because a WeakMap of all requests costs garbage collection with every request. */
const RESULT = Symbol('authentication');
type Authenticated = IncomingMessage & { [RESULT]?: AuthenticationResult };

export function setAuthenticationResult(request: IncomingMessage, result: AuthenticationResult): void {
  (request as Authenticated)[RESULT] = result;
}

/** Returns the stored result; null before the AuthenticationMiddleware has run. */
export function authenticationResultOf(request: IncomingMessage): AuthenticationResult | null {
  return (request as Authenticated)[RESULT] ?? null;
}

/** Returns the authentication of a request that ApiGuard has accepted. */
export function authenticationOf(request: IncomingMessage): Authentication {
  const { authentication } = authenticationResultOf(request) ?? {};
  if (!authentication) throw new Error('The request is not authenticated; add ApiGuard to its route.');
  return authentication;
}
