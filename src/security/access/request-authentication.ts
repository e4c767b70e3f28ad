import type { IncomingMessage } from 'node:http';
import type { DomainError } from '../../whatsapp/domain/errors.js';
import type { Authentication } from './authentication.js';

/** What the credential of a request was worth when the request arrived: an authentication, or why there is none. */
export type AuthenticationResult =
  | { readonly authentication: Authentication; readonly failure: null }
  | { readonly authentication: null; readonly failure: DomainError };

/** Kept with the request itself: a WeakMap of all requests would give the garbage collector work with every request. */
const RESULT = Symbol('authentication');
type Authenticated = IncomingMessage & { [RESULT]?: AuthenticationResult };

export function setAuthenticationResult(request: IncomingMessage, result: AuthenticationResult): void {
  (request as Authenticated)[RESULT] = result;
}

/** Null before the AuthenticationMiddleware has seen the request. */
export function authenticationResultOf(request: IncomingMessage): AuthenticationResult | null {
  return (request as Authenticated)[RESULT] ?? null;
}

/** The authentication of a request that ApiGuard let pass. */
export function authenticationOf(request: IncomingMessage): Authentication {
  const { authentication } = authenticationResultOf(request) ?? {};
  if (!authentication) throw new Error('this request is not authenticated');
  return authentication;
}
