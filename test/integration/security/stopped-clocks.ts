import { Clock, type Timer } from '../../../src/whatsapp/ports/clock.js';

/** Wall clock and monotonic clock that advance only on request. The wall clock can also jump. */
export class StoppedClocks extends Clock {
  readonly timers = new Set<{ readonly dueMs: number; readonly due: () => void }>();
  private nowMs = 0;
  private wallMs = Date.parse('2026-01-02T12:00:00.000Z');

  now(): Date {
    return new Date(this.wallMs);
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  after(delayMs: number, due: () => void): Timer {
    const timer = { dueMs: this.nowMs + delayMs, due };
    this.timers.add(timer);
    return { cancel: () => this.timers.delete(timer) };
  }

  /** Moves only the wall clock. */
  jump(ms: number): void {
    this.wallMs += ms;
  }

  /** Advances both clocks, and runs the timers that become due. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      await settled();
      const [next] = [...this.timers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
      if (!next) break;
      this.advanceTo(next.dueMs);
      this.timers.delete(next);
      next.due();
    }
    this.advanceTo(endMs);
    await settled();
  }

  private advanceTo(ms: number): void {
    this.wallMs += ms - this.nowMs;
    this.nowMs = ms;
  }
}

/** Resolves when all pending promise callbacks have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
