/**
 * - `key`: whoever has an API key
 * - `link`: whoever has a page link
 * - `anonymous`: anybody, while nobody has to prove who they are
 * - `command`: whoever can run a command on this machine
 */
export const IDENTITY_KINDS = ['key', 'link', 'anonymous', 'command'] as const;

/** Who does something, as the audit trail keeps it. */
export interface Identity {
  readonly kind: (typeof IDENTITY_KINDS)[number];
  /** Of the key or the link; null: there is none. */
  readonly id: string | null;
  /** Of the key, as it was given; null: there is none. */
  readonly name: string | null;
}
