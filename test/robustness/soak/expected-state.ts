import type { FailureCode } from '../../../src/whatsapp/domain/failure.js';

/** The state that an account must have when no action runs, after the actions so far. */
export type ExpectedState =
  /** It was never linked, or it was disconnected. */
  | { readonly is: 'unlinked' }
  /** It was disconnected, and WhatsApp did not confirm the logout. */
  | { readonly is: 'unconfirmed' }
  /** The last pairing failed, or the phone removed the device: nothing is stored. */
  | { readonly is: 'failed'; readonly error: FailureCode }
  /** It is linked and connected. */
  | { readonly is: 'linked' }
  /** It is linked, and stays disconnected until the next `POST /pair`. The error stays until the next call. */
  | { readonly is: 'parked'; readonly error: FailureCode | null };

/** The state of an account, as the API shows it. */
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
