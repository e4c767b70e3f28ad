/** Who does something, as the audit trail keeps it. */
export interface Identity {
  /**
   * - `key`: whoever has an API key
   * - `link`: whoever has a page link
   * - `anonymous`: anybody, while nobody has to prove who they are
   * - `command`: whoever can run a command on this machine
   */
  readonly kind: 'key' | 'link' | 'anonymous' | 'command';
  /** Of the key or the link; null: there is none. */
  readonly id: string | null;
  /** Of the key, as it was given; null: there is none. */
  readonly name: string | null;
}
