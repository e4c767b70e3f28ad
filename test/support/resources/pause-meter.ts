import { openSync, readSync } from 'node:fs';

const EVERY_MS = 5;
/** Linux only. The thread with the id of the process is the main thread. */
const SCHEDULER_STATISTICS = `/proc/self/task/${process.pid}/schedstat`;

/**
 * Measures the longest time for which the event loop of this process was held, in processor time of its main thread.
 * Other processes of a busy machine do not count, which hold it too. Without Linux it measures wall-clock time.
 */
export class PauseMeter {
  private readonly buffer = Buffer.alloc(64);
  private readonly file = openStatistics();
  private lastMs = 0;
  private longestMs = 0;
  private timer: NodeJS.Timeout | null = null;

  /** Returns the longest pause since the last call, in milliseconds. The first call starts the meter and returns 0. */
  take(): number {
    if (this.timer) this.sample();
    else {
      this.lastMs = this.processorMs();
      this.timer = setInterval(() => {
        this.sample();
      }, EVERY_MS).unref();
    }
    const longestMs = this.longestMs;
    this.longestMs = 0;
    return longestMs;
  }

  private sample(): void {
    const nowMs = this.processorMs();
    this.longestMs = Math.max(this.longestMs, nowMs - this.lastMs);
    this.lastMs = nowMs;
  }

  private processorMs(): number {
    if (this.file === null) return performance.now();
    const length = readSync(this.file, this.buffer, 0, this.buffer.length, 0);
    return Number.parseInt(this.buffer.toString('latin1', 0, length), 10) / 1e6;
  }
}

function openStatistics(): number | null {
  try {
    return openSync(SCHEDULER_STATISTICS, 'r');
  } catch {
    return null;
  }
}
