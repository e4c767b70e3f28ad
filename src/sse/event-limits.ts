/** What a stream of events may cost. */
export interface EventLimits {
  /** Readers at the same time. */
  readonly readers: number;
  /** How many events the log keeps for readers that come back, and how many bytes of them: whichever is reached first. */
  readonly logEvents: number;
  readonly logBytes: number;
  /** Milliseconds between two signs of life to a reader to whom nothing else is to be told. */
  readonly heartbeatMs: number;
  /** Milliseconds after which a reader that has lost its connection is asked to come back. */
  readonly retryMs: number;
}

export const DEFAULT_EVENT_LIMITS: EventLimits = {
  readers: 1_000,
  logEvents: 10_000,
  logBytes: 4 * 1_024 * 1_024,
  // The HTML standard advises a comment "every 15 seconds or so" against proxies that drop what is silent.
  heartbeatMs: 15_000,
  retryMs: 1_000,
};
