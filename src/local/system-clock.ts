import { Clock, type Timer } from '../whatsapp/ports/clock.js';

/** Node's timers turn a longer delay into 1 ms. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The clock and timers of Node. */
export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  monotonicMs(): number {
    return performance.now();
  }

  /** Never calls early. Node's timers can fire up to a millisecond early by the monotonic clock. */
  after(delayMs: number, due: () => void, how = { background: false }): Timer {
    const dueAtMs = performance.now() + delayMs;
    const wait = (leftMs: number): NodeJS.Timeout => {
      const waiting = setTimeout(check, Math.min(Math.ceil(Math.max(leftMs, 0)), MAX_TIMEOUT_MS));
      return how.background ? waiting.unref() : waiting;
    };
    const check = (): void => {
      const leftMs = dueAtMs - performance.now();
      if (leftMs > 0) timeout = wait(leftMs);
      else due();
    };
    let timeout = wait(delayMs);
    return {
      cancel: () => {
        clearTimeout(timeout);
      },
    };
  }
}
