/**
 * How an attempt (one socket) ended, independent of Baileys. The gateway translates Baileys' report into this type. It
 * checks error classes first, because Baileys' status codes are ambiguous: 400, 408 and 500 each mean several things.
 */
export type ConnectionEnd =
  /**
   * WhatsApp ended it with a code: a stream error, login failure or refusal (515, 401, 402, 403, 405, 406, 411, 440,
   * 5xx …).
   */
  | {
      readonly kind: 'whatsapp';
      readonly code: number;
      readonly detail: string | null;
      readonly expiresInMs?: number;
    }
  /** The server answered the WebSocket upgrade with an HTTP error status. */
  | { readonly kind: 'upgrade_refused'; readonly status: number }
  /** The connection could not be made, or it broke. */
  | { readonly kind: 'network'; readonly problem: 'dns' | 'tls' | 'refused' | 'lost' | 'closed' | 'other' }
  /** The server sent nothing before the deadline. */
  | { readonly kind: 'silent' }
  /**
   * The Noise certificate chain is not WhatsApp's (a wrong signature, date or key), or the server sent other data
   * before it, more than a handshake needs.
   */
  | { readonly kind: 'server_untrusted' }
  /** A stanza is larger than this service decodes. `excess` names the limit, for the log. */
  | { readonly kind: 'stanza_too_large'; readonly excess: string }
  /** The pairing does not carry a valid signature of the account. The device must not be linked. */
  | { readonly kind: 'pairing_forged' }
  /** WhatsApp requires a passkey before it links this account. */
  | { readonly kind: 'passkey_required' }
  /** WhatsApp issues no phone code for this number, or rejected the finished key exchange with the phone. */
  | { readonly kind: 'code_refused'; readonly code: number; readonly detail: string | null }
  /** The store failed in `onAccepted` or in a write of the auth state. */
  | { readonly kind: 'storage_failed' }
  /** Baileys threw an unknown error, or received a frame that it could not decode. */
  | { readonly kind: 'protocol_error'; readonly detail: string };
