/** Every duration of a session, in milliseconds. */
export interface SessionTimings {
  /** From opening a socket to the first code. */
  readonly connectTimeoutMs: number;
  /** From opening a socket with stored credentials to `open`; the first login uploads 812 pre-keys. */
  readonly loginTimeoutMs: number;
  /**
   * From the reply that completes the pairing to WhatsApp's 515. After that the next socket opens without waiting for
   * it.
   */
  readonly restartTimeoutMs: number;
  /**
   * The first QR code is valid for 60 s, each following one for 20 s (whatsmeow `types/events`, `QR`; Baileys
   * `qrTimeout`).
   */
  readonly firstCodeMs: number;
  readonly nextCodeMs: number;
  /**
   * The lifetime of a phone code. After 160 s the references have expired, and WhatsApp closes a socket that is not
   * linked. The code expires with the socket (whatsmeow `pair-code.go`). The lifetime is 5 s shorter, so that the user
   * can still type a code that is shown.
   */
  readonly phoneCodeMs: number;
  /** The time that `POST /pair` waits for a phone code before it answers without one. */
  readonly codeWaitMs: number;
  /** A pairing ends after this time at the latest. */
  readonly sessionLimitMs: number;
  /** The pauses between the attempts of one pairing. The pairing fails when the attempt after the last pause fails. */
  readonly retryDelaysMs: readonly number[];
  /**
   * A link that is down reconnects after a random time up to `reconnectMinMs`. The limit doubles with each failed
   * attempt, up to `reconnectMaxMs` (full jitter: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
   */
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** The time after which a connection counts as stable: the next outage begins with the shortest pause again. */
  readonly heldMs: number;
  /** When the service starts, each linked account connects after a random time up to this. */
  readonly startJitterMs: number;
  /** The maximum duration of the logout of `disconnect`, including the connection for it. Fixed by the API contract. */
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
