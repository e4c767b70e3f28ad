import { monitorEventLoopDelay } from 'node:perf_hooks';
import { median } from './statistics.js';

const AWAITS = 100_000;

/** V8 needs about so many before its code is settled; after a pause it begins anew. */
const WARM_UPS = 8;
const RUNS = 5;

/** How long 100,000 awaits take, one after another, in milliseconds: the median of a few runs of settled code. */
export async function awaitsMs(): Promise<number> {
  const runs: number[] = [];
  for (let run = -WARM_UPS; run < RUNS; run++) {
    const begun = performance.now();
    for (let done = 0; done < AWAITS; done++) await Promise.resolve(done);
    if (run >= 0) runs.push(performance.now() - begun);
  }
  return median(runs);
}

/** The longest time between two turns of the event loop, as libuv's own timer sees it each millisecond. */
export class PauseMonitor {
  private readonly histogram = monitorEventLoopDelay({ resolution: 1 });

  start(): void {
    this.histogram.reset();
    this.histogram.enable();
  }

  /** In milliseconds, with the millisecond that is no pause. */
  stop(): number {
    this.histogram.disable();
    return this.histogram.max / 1e6;
  }
}
