import type { ServiceTimings } from '../../../src/app.module.js';

/** Durations with which failures and retries last about a second instead of minutes. */
export const SHORT_TIMINGS = {
  connectTimeoutMs: 1_500,
  loginTimeoutMs: 4_000,
  restartTimeoutMs: 1_000,
  firstCodeMs: 3_000,
  nextCodeMs: 1_000,
  phoneCodeMs: 3_000,
  codeWaitMs: 3_000,
  sessionLimitMs: 20_000,
  retryDelaysMs: [50, 100],
  reconnectMinMs: 100,
  reconnectMaxMs: 400,
  heldMs: 1_000,
  startJitterMs: 100,
  logoutTimeoutMs: 2_000,
} satisfies ServiceTimings;

/** Long limits for pairings, for tests of later steps: a pairing must not fail because the machine is busy. */
export const PATIENT = {
  connectTimeoutMs: 20_000,
  loginTimeoutMs: 20_000,
  restartTimeoutMs: 5_000,
  firstCodeMs: 60_000,
  phoneCodeMs: 60_000,
  codeWaitMs: 20_000,
  sessionLimitMs: 60_000,
} satisfies ServiceTimings;

const NEVER_MS = 100 * 24 * 60 * 60 * 1_000;

/** The pause before a reconnect is up to 100 days, so a lost connection stays lost until the next start. */
export const STAYS_DOWN = {
  ...SHORT_TIMINGS,
  reconnectMinMs: NEVER_MS,
  reconnectMaxMs: NEVER_MS,
} satisfies ServiceTimings;

/**
 * For tests that count sockets: the connections of the test's own calls close soon. Other tests keep the default,
 * because a client could send a call over a connection that the service is closing.
 */
export const SOON_ALONE = { http: { keepAliveMs: 5_000 } } satisfies ServiceTimings;
