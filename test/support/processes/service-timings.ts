import type { ServiceTimings } from '../../../src/app.module.js';

/** Durations that make a bad day last a second instead of minutes. */
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

/** Where accounts are only linked to see what comes later: a busy machine is no reason to give up. */
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

/** A link that drops stays down: the pause is any time up to this. It still comes back at the next start. */
export const STAYS_DOWN = {
  ...SHORT_TIMINGS,
  reconnectMinMs: NEVER_MS,
  reconnectMaxMs: NEVER_MS,
} satisfies ServiceTimings;

/**
 * Where sockets are counted: the connections of the test's own calls are soon gone. Elsewhere they are kept for as long as
 * the service does, or a call could be sent into one that is just being closed.
 */
export const SOON_ALONE = { http: { keepAliveMs: 5_000 } } satisfies ServiceTimings;
