import { Clock, type Timer } from '../../../src/whatsapp/ports/clock.js';

/** A clock that advances only when a test calls it. The wall clock can also jump alone. */
export class StoppedClock extends Clock {
  readonly timers = new Set<{ readonly dueMs: number; readonly due: () => void }>();
  private nowMs = 0;

  constructor(private wallMs = Date.parse('2026-01-02T12:00:00.000Z')) {
    super();
  }

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

  /** Changes only the wall clock. */
  jump(ms: number): void {
    this.wallMs += ms;
  }

  /** Sets the monotonic clock. Timers that are due by then fire in order. */
  goTo(atMs: number): void {
    while (this.fireNext(atMs));
    this.set(atMs);
  }

  /** Advances both clocks. Promises settle before every timer and at the end. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    do await settled();
    while (this.fireNext(endMs));
    this.set(endMs);
    await settled();
  }

  private fireNext(untilMs: number): boolean {
    const [next] = [...this.timers].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs);
    if (!next) return false;
    this.set(next.dueMs);
    this.timers.delete(next);
    next.due();
    return true;
  }

  private set(ms: number): void {
    this.wallMs += ms - this.nowMs;
    this.nowMs = ms;
  }
}

/** Waits until every promise that depends only on other promises has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
