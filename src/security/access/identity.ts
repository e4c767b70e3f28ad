/**
 * - `key`: a client with an API key
 * - `link`: a client with a page link
 * - `anonymous`: a client without a credential, while no API key exists
 * - `command`: an operator at the command line of this machine
 */
export const IDENTITY_KINDS = ['key', 'link', 'anonymous', 'command'] as const;

/** The caller, as the audit trail stores it. */
export interface Identity {
  readonly kind: (typeof IDENTITY_KINDS)[number];
  /** Id of the key or the link; null: neither. */
  readonly id: string | null;
  /** Name of the key; null: no key. */
  readonly name: string | null;
}
