import { monitorEventLoopDelay } from 'node:perf_hooks';
import { median } from './statistics.js';

const AWAITS = 100_000;

/** Number of runs until V8 has optimized the code. After a pause V8 optimizes it again. */
const WARM_UPS = 8;
const RUNS = 5;

/** Duration of 100,000 sequential awaits in milliseconds: the median of a few runs of optimized code. */
export async function awaitsMs(): Promise<number> {
  const runs: number[] = [];
  for (let run = -WARM_UPS; run < RUNS; run++) {
    const begun = performance.now();
    for (let done = 0; done < AWAITS; done++) await Promise.resolve(done);
    if (run >= 0) runs.push(performance.now() - begun);
  }
  return median(runs);
}

/** Measures the longest time between two turns of the event loop, with libuv's timer, every millisecond. */
export class PauseMonitor {
  private readonly histogram = monitorEventLoopDelay({ resolution: 1 });

  start(): void {
    this.histogram.reset();
    this.histogram.enable();
  }

  /** @returns the longest pause in milliseconds; includes the 1 ms interval of the timer */
  stop(): number {
    this.histogram.disable();
    return this.histogram.max / 1e6;
  }
}
