/**
 * How an attempt (one socket) ended, in our own words. The gateway translates Baileys' report into this,
 * own error classes first: Baileys' status code alone does not tell enough (400, 408 and 500 each mean several things).
 */
export type ConnectionEnd =
  /** WhatsApp said so: a stream error, a login failure or a refusal with its code (515, 401, 402, 403, 405, 406, 411, 440, 5xx …). */
  | {
      readonly kind: 'whatsapp';
      readonly code: number;
      readonly detail: string | null;
      readonly expiresInMs?: number;
    }
  /** The upgrade to a WebSocket was answered with an HTTP status. */
  | { readonly kind: 'upgrade_refused'; readonly status: number }
  /** The connection could not be made, or it broke. */
  | { readonly kind: 'network'; readonly problem: 'dns' | 'tls' | 'refused' | 'lost' | 'closed' | 'other' }
  /** Nothing was heard within the deadline. */
  | { readonly kind: 'silent' }
  /** The certificate chain, its dates or the key under it are not WhatsApp's. */
  | { readonly kind: 'server_untrusted' }
  /** The account signature of the pairing is not the account's: nobody we want to be linked to. */
  | { readonly kind: 'pairing_forged' }
  /** WhatsApp wants a passkey before it links this account. */
  | { readonly kind: 'passkey_required' }
  /** WhatsApp gives no phone code for this number, or refused what the phone and we had agreed on. */
  | { readonly kind: 'code_refused'; readonly code: number; readonly detail: string | null }
  /** `onAccepted` or a write of the auth state was rejected by the store. */
  | { readonly kind: 'storage_failed' }
  /** Baileys threw something that we do not know, or a frame that nobody could decode arrived. */
  | { readonly kind: 'protocol_error'; readonly detail: string };
