import type { Failure } from './failure.js';

/** What stays in the saved config when the auth state is erased. */
export type ErasureRecord =
  /** WhatsApp ended the link: the connector stays, marked, so that people see which account it was and why. */
  | { readonly kind: 'unlinked'; readonly at: Date; readonly failure: Failure }
  /** WhatsApp never confirmed the logout: the phone may still show the device, and its owner has to be told. */
  | { readonly kind: 'logoutUnconfirmed'; readonly at: Date };
