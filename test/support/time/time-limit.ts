/** How many times slower than idle the machine was at the start of the run: 1 to 8. `measure-machine.mjs` sets it. */
const FACTOR = Number(process.env['TEST_TIME_FACTOR'] ?? 1);

/**
 * A time limit, in ms, for the machine as fast as it is now. Equal to `idleMs` on an idle machine.
 *
 * `eventually`, the waits of `Simulator.control` and the limits of `it`, `beforeAll` and `jest.setTimeout` scale
 * automatically: pass those the time for an idle machine.
 */
export function timeLimit(idleMs: number): number {
  return Math.round(idleMs * FACTOR);
}

/** The same durations, each scaled as by `timeLimit`: every number and list under a name that ends in `Ms`. */
export function scaleDurations<T extends object>(durations: T): T {
  const entries = Object.entries(durations).map(([name, value]: [string, unknown]) => [
    name,
    scaleValue(name, value),
  ]);
  return Object.fromEntries(entries) as T;
}

function scaleValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => scaleValue(name, one));
  if (typeof value === 'object' && value !== null) return scaleDurations(value);
  return typeof value === 'number' && name.endsWith('Ms') ? timeLimit(value) : value;
}

/** For `waitMs` of `GET /pair/qr`: a time limit of 10 s, or the longest wait that the API accepts. */
export const CODE_WAIT_MS = Math.min(30_000, timeLimit(10_000));
