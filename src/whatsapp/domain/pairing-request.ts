import type { PhoneNumber } from './phone-number.js';

/** How a pairing was asked for. */
export type PairingRequest =
  /** `expected`: only this number may be linked. */
  | { readonly by: 'qr'; readonly expected: PhoneNumber | null }
  /** By a code that is typed on the phone of this number. */
  | { readonly by: 'code'; readonly expected: PhoneNumber };

export const BY_QR: PairingRequest = { by: 'qr', expected: null };
