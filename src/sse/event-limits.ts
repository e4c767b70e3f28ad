/** Limits of an event stream. */
export interface EventLimits {
  /** Simultaneous readers. */
  readonly readers: number;
  /**
   * How many events, and how many bytes, the log keeps for readers that reconnect. The first limit that is reached
   * applies.
   */
  readonly logEvents: number;
  readonly logBytes: number;
  /** Milliseconds between two heartbeats. */
  readonly heartbeatMs: number;
  /** Milliseconds after which a reader that lost its connection should reconnect. */
  readonly retryMs: number;
}

export const DEFAULT_EVENT_LIMITS: EventLimits = {
  readers: 1_000,
  logEvents: 10_000,
  logBytes: 4 * 1_024 * 1_024,
  // The HTML standard advises a comment "every 15 seconds or so", because proxies drop idle connections.
  heartbeatMs: 15_000,
  retryMs: 1_000,
};
