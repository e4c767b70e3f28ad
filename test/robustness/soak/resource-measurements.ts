import { eventually } from '../../support/eventually.js';
import type { Usage } from '../../support/processes/service.program.js';
import type { ServiceProcess } from '../../support/processes/service-process.js';

/** Baileys leaves timers behind: of 30 s after an upload of pre-keys, and of 60 s for a pending query. */
const BAILEYS_TIMERS_MS = 90_000;
const LOOK_EVERY_MS = 1_000;

export interface Measurement {
  readonly atMs: number;
  /** Number of connections that are open and logged in. */
  readonly live: number;
  readonly heapBytes: number;
  readonly sockets: number;
  readonly timers: number;
  /** All other active resources of the event loop. */
  readonly others: Readonly<Record<string, number>>;
  readonly processListeners: number;
  readonly warnings: readonly string[];
}

export function toMeasurement(usage: Usage, live: number): Measurement {
  const { TCPSocketWrap: sockets = 0, Timeout: timers = 0, ...rest } = usage.resources;
  // Short work of this moment, which has ended before the next measurement.
  const { Immediate: _immediates, FSReqPromise: _requests, ...others } = rest;
  const { heapUsed: heapBytes, processListeners, warnings } = usage;
  return { atMs: performance.now(), live, heapBytes, sockets, timers, others, processListeners, warnings };
}

/**
 * Waits until all temporary resources have ended.
 * @throws Error when sockets or timers remain that no connected account explains
 */
export async function waitForRest(
  service: ServiceProcess,
  live: number,
  timers: number,
): Promise<Measurement> {
  let now = toMeasurement(await service.usage(), live);
  await eventually(
    async () => {
      now = toMeasurement(await service.usage(), live);
      return now.sockets === live && now.timers === timers;
    },
    BAILEYS_TIMERS_MS,
    () => `${now.sockets} sockets and ${now.timers} timers are open for ${live} connected accounts`,
    LOOK_EVERY_MS,
  );
  return now;
}

/**
 * Returns the growth of the heap from the first measurement to the last, by linear regression.
 * @param bytesOfOne heap of a connected account; corrects for the changing number of accounts
 */
export function growth(measurements: readonly Measurement[], bytesOfOne: number): number {
  const points = measurements.map(({ atMs, heapBytes, live }) => ({
    x: atMs,
    y: heapBytes - live * bytesOfOne,
  }));
  const mean = (of: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const middle = { x: mean(({ x }) => x), y: mean(({ y }) => y) };
  const slope = mean(({ x, y }) => (x - middle.x) * (y - middle.y)) / mean(({ x }) => (x - middle.x) ** 2);
  const [first, last] = [points[0], points.at(-1)];
  return first && last ? slope * (last.x - first.x) : 0;
}
