/** The slowness of the machine at the start of the run, from 1 (idle) to 8. `measure-machine.mjs` sets it. */
const FACTOR = Number(process.env['TEST_TIME_FACTOR'] ?? 1);

/**
 * Scales a time limit, in ms, by the slowness of the machine. Equal to `idleMs` on an idle machine.
 *
 * `eventually`, the waits of `Simulator.control` and the limits of `it`, `beforeAll` and `jest.setTimeout` scale
 * automatically: pass those the time for an idle machine.
 */
export function timeLimit(idleMs: number): number {
  return Math.round(idleMs * FACTOR);
}

/** Scales durations by `timeLimit`: every number and list under a name that ends in `Ms`. */
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

/** The value of `waitMs` for `GET /pair/qr`: a time limit of 10 s, at most the longest wait that the API accepts. */
export const CODE_WAIT_MS = Math.min(30_000, timeLimit(10_000));
