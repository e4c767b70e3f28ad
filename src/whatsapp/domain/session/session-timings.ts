/** Every duration of a session, in milliseconds. */
export interface SessionTimings {
  /** From opening a socket to the first codes. */
  readonly connectTimeoutMs: number;
  /** From opening a socket with stored credentials to `open`; the first login uploads 812 pre-keys. */
  readonly loginTimeoutMs: number;
  /** From our reply to WhatsApp's 515; then the next socket is opened without it. */
  readonly restartTimeoutMs: number;
  /** WhatsApp lets the first of its codes live 60 s and the others 20 s (whatsmeow `types/events`, `QR`; Baileys `qrTimeout`). */
  readonly firstCodeMs: number;
  readonly nextCodeMs: number;
  /**
   * WhatsApp closes a socket that is not linked once its references have run out, after 160 s, and the code with it (whatsmeow
   * `pair-code.go`). The last seconds are left out: a code that is shown can still be typed.
   */
  readonly phoneCodeMs: number;
  /** How long `POST /pair` waits for a phone code before it answers without one. */
  readonly codeWaitMs: number;
  /** A pairing ends after this time at the latest. */
  readonly sessionLimitMs: number;
  /** Pauses between the attempts of one pairing; after the last one it fails. */
  readonly retryDelaysMs: readonly number[];
  /**
   * A link that is down is tried again after any time up to `reconnectMinMs`, then twice that, and so on up to
   * `reconnectMaxMs` (exponential back-off with full jitter: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
   */
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** A connection that has held for so long counts as good: the next outage begins with the shortest pause again. */
  readonly heldMs: number;
  /** At the start of the service each linked account comes back after any time up to this. */
  readonly startJitterMs: number;
  /** The contract's bound for the logout of `disconnect`, connecting for it included. */
  readonly logoutTimeoutMs: number;
}

export const DEFAULT_TIMINGS: SessionTimings = {
  connectTimeoutMs: 20_000,
  loginTimeoutMs: 30_000,
  restartTimeoutMs: 5_000,
  firstCodeMs: 60_000,
  nextCodeMs: 20_000,
  phoneCodeMs: 155_000,
  codeWaitMs: 10_000,
  sessionLimitMs: 300_000,
  retryDelaysMs: [500, 1_500, 4_000],
  reconnectMinMs: 1_000,
  reconnectMaxMs: 300_000,
  heldMs: 60_000,
  startJitterMs: 1_000,
  logoutTimeoutMs: 10_000,
};
