import type { FailureCode } from '../../../src/whatsapp/domain/failure.js';

/** How an account has to be once everything is quiet, by what has happened to it. */
export type ExpectedState =
  /** Nobody has linked it, or somebody has taken it down. */
  | { readonly is: 'unlinked' }
  /** It was asked to disconnect, and WhatsApp did not confirm the logout. */
  | { readonly is: 'unconfirmed' }
  /** The last pairing failed, or the phone ended the link: nothing is stored. */
  | { readonly is: 'failed'; readonly error: FailureCode }
  /** Linked, and live. */
  | { readonly is: 'linked' }
  /** Linked, and down until somebody asks for it; the error until somebody has read it. */
  | { readonly is: 'parked'; readonly error: FailureCode | null };

/** What the service and the phone have to say about an account. */
export interface ObservedState {
  readonly status: string;
  readonly authExists: boolean;
  readonly serviceConnected: boolean;
  readonly servicePhone: string | null;
  readonly error: string | null;
}

export function observedStateOf(expected: ExpectedState, phone: string): ObservedState {
  const notConnected = { authExists: false, serviceConnected: false, servicePhone: null };
  switch (expected.is) {
    case 'unlinked':
      return { ...notConnected, status: 'idle', error: null };
    case 'unconfirmed':
      return { ...notConnected, status: 'idle', error: 'logout_unconfirmed' };
    case 'failed':
      return { ...notConnected, status: 'error', error: expected.error };
    case 'linked':
      return {
        status: 'connected',
        authExists: true,
        serviceConnected: true,
        servicePhone: phone,
        error: null,
      };
    case 'parked':
      return {
        ...notConnected,
        status: expected.error ? 'error' : 'idle',
        authExists: true,
        error: expected.error,
      };
  }
}
