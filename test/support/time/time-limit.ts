import { readFileSync } from 'node:fs';

/** The slowness of the machine at the start of the run, from 1 (idle) to 8. `measure-machine.mjs` sets it. */
const FACTOR = Number(process.env['TEST_TIME_FACTOR'] ?? 1);

/**
 * The samples of `measure-machine.mjs`, five per second. Each has its end (ms since the epoch) and its duration (ms).
 */
const SAMPLES_FILE = process.env['TEST_MACHINE_SAMPLES'];
const SAMPLE_EVERY_MS = 200;
/** The duration of a sample on an idle machine, with tolerance for its timer. */
const SAMPLE_IDLE_MS = 8;
/** The shortest time that has enough samples. */
const SHORTEST_MS = 1_000;

/**
 * Scales a time limit, in ms, by the slowness of the machine. Equal to `idleMs` on an idle machine.
 *
 * `eventually`, the waits of `Simulator.control` and the limits of `it`, `beforeAll` and `jest.setTimeout` scale
 * automatically: pass those the time for an idle machine.
 */
export function timeLimit(idleMs: number): number {
  return Math.round(idleMs * FACTOR);
}

/**
 * Returns the limit, in ms, for a time that the product promises. It also scales with the slowness of the machine in
 * that time, because a machine can become slow during the run.
 * @param since `performance.now()` at the start of the time that is limited
 */
export function timeLimitSince(since: number, idleMs: number): number {
  return Math.round(idleMs * Math.max(FACTOR, slowness(performance.timeOrigin + since)));
}

/**
 * Returns the slowness of the machine between two times, in ms since the epoch: 1 is idle, 2 is twice as slow. The
 * samples are of a process that needs a processor for a few ms, five times per second, and records the time until it is
 * done.
 */
export function slowness(fromMs: number, toMs = performance.timeOrigin + performance.now()): number {
  if (!SAMPLES_FILE) return 1;
  const startMs = Math.min(fromMs, toMs - SHORTEST_MS);
  const samples = new Float64Array(Uint8Array.from(readFileSync(SAMPLES_FILE)).buffer);
  let wantedMs = 0;
  let idleMs = 0;
  for (let index = 0; index + 1 < samples.length; index += 2) {
    const endMs = samples[index] ?? 0;
    const tookMs = samples[index + 1] ?? 0;
    if (endMs < startMs || endMs - tookMs > toMs) continue;
    wantedMs += tookMs;
    idleMs += SAMPLE_IDLE_MS;
  }
  // A sample that has not ended yet.
  const waitingMs = toMs - (samples.at(-2) ?? toMs) - SAMPLE_EVERY_MS;
  if (waitingMs > SAMPLE_IDLE_MS) {
    wantedMs += waitingMs;
    idleMs += SAMPLE_IDLE_MS;
  }
  return Math.max(1, wantedMs / idleMs || 1);
}

/**
 * Calls `action` after `timeLimit(idleMs)`, or later if the machine becomes slow.
 * @returns a function that cancels it
 */
export function atTimeLimit(idleMs: number, action: () => void): () => void {
  const begun = performance.now();
  const check = (): void => {
    const leftMs = timeLimitSince(begun, idleMs) - (performance.now() - begun);
    if (leftMs > 0) timer = setTimeout(check, leftMs);
    else action();
  };
  let timer = setTimeout(check, timeLimit(idleMs));
  return () => {
    clearTimeout(timer);
  };
}

/** Scales durations by `timeLimit`: every number, and every list of numbers, under a name that ends in `Ms`. */
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
