import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SystemClock } from './system-clock.js';

const clock = new SystemClock();
const DAY_MS = 86_400_000;

describe('SystemClock', () => {
  it('now returns the time, and monotonicMs never decreases', () => {
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(1_000);
    let last = clock.monotonicMs();
    for (let reading = 0; reading < 1_000; reading++) {
      const next = clock.monotonicMs();
      expect(next).toBeGreaterThanOrEqual(last);
      last = next;
    }
  });

  it('a timer never fires early', async () => {
    for (let delayMs = 0; delayMs < 10; delayMs += 0.7) {
      const dueAtMs = clock.monotonicMs() + delayMs;
      await new Promise<void>((resolve) => clock.after(delayMs, resolve));
      expect(clock.monotonicMs()).toBeGreaterThanOrEqual(dueAtMs);
    }
  });

  describe('SystemClock.after', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('a timer fires once, and after the call even without a delay', () => {
      for (const delayMs of [0, -5, 1_000]) {
        const due = jest.fn();
        clock.after(delayMs, due);
        expect(due).not.toHaveBeenCalled();
        jest.advanceTimersByTime(10_000);
        expect(due).toHaveBeenCalledTimes(1);
      }
    });

    it('a timer keeps the process alive, except a background timer', () => {
      const setTimeout = jest.spyOn(globalThis, 'setTimeout');
      clock.after(1_000, () => undefined);
      clock.after(1_000, () => undefined, { background: true });
      const kept = setTimeout.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef());
      expect(kept).toEqual([true, false]);
      setTimeout.mockRestore();
    });

    it('a timer can wait for months', () => {
      const due = jest.fn();
      clock.after(100 * DAY_MS, due);
      jest.advanceTimersByTime(100 * DAY_MS - 1);
      expect(due).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(due).toHaveBeenCalledTimes(1);
    });

    it('a cancelled timer leaves nothing behind, and can be cancelled twice at any time', () => {
      for (const waitedMs of [0, 30 * DAY_MS, 200 * DAY_MS]) {
        const due = jest.fn();
        const timer = clock.after(100 * DAY_MS, due);
        jest.advanceTimersByTime(waitedMs);
        timer.cancel();
        timer.cancel();
        expect(jest.getTimerCount()).toBe(0);
        jest.advanceTimersByTime(200 * DAY_MS);
        expect(due).toHaveBeenCalledTimes(waitedMs > 100 * DAY_MS ? 1 : 0);
      }
    });
  });
});
