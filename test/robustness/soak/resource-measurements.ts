import { eventually } from '../../support/eventually.js';
import type { Usage } from '../../support/processes/service.program.js';
import type { ServiceProcess } from '../../support/processes/service-process.js';

/** Baileys leaves timers of 30 s (after an upload of pre-keys) and 60 s (for a query that was pending) behind. */
const BAILEYS_TIMERS_MS = 90_000;
const LOOK_EVERY_MS = 1_000;

export interface Measurement {
  readonly atMs: number;
  /** Connections that are open and logged in. */
  readonly live: number;
  readonly heapBytes: number;
  readonly sockets: number;
  readonly timers: number;
  /** Everything else that keeps the event loop busy. */
  readonly others: Readonly<Record<string, number>>;
  readonly processListeners: number;
  readonly warnings: readonly string[];
}

export function toMeasurement(usage: Usage, live: number): Measurement {
  const { TCPSocketWrap: sockets = 0, Timeout: timers = 0, ...rest } = usage.resources;
  // Work that is under way just now, and over before anybody could ask again.
  const { Immediate: _immediates, FSReqPromise: _requests, ...others } = rest;
  const { heapUsed: heapBytes, processListeners, warnings } = usage;
  return { atMs: performance.now(), live, heapBytes, sockets, timers, others, processListeners, warnings };
}

/** Once everything has ended that ends by itself. @throws when there are more sockets or timers than live accounts explain */
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
    () => `${live} live accounts do not explain ${now.sockets} sockets and ${now.timers} timers`,
    LOOK_EVERY_MS,
  );
  return now;
}

/**
 * How much the heap has grown from the first measurement to the last, along the line that fits them best.
 * @param bytesOfOne what a live account takes: their number goes up and down
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
