import { Clock, type Timer } from '../../../src/whatsapp/ports/clock.js';

/** Time passes on both clocks; the wall clock can jump besides. */
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

  jump(ms: number): void {
    this.wallMs += ms;
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      await settled();
      const [next] = [...this.timers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
      if (!next) break;
      this.goTo(next.dueMs);
      this.timers.delete(next);
      next.due();
    }
    this.goTo(endMs);
    await settled();
  }

  private goTo(ms: number): void {
    this.wallMs += ms - this.nowMs;
    this.nowMs = ms;
  }
}

/** Everything that promises alone can bring about has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
