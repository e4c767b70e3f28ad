import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SystemClock } from './system-clock.js';

const clock = new SystemClock();
const DAY_MS = 86_400_000;

describe('SystemClock', () => {
  it('tells the time, and milliseconds that only grow', () => {
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(1_000);
    let last = clock.monotonicMs();
    for (let reading = 0; reading < 1_000; reading++) {
      const next = clock.monotonicMs();
      expect(next).toBeGreaterThanOrEqual(last);
      last = next;
    }
  });

  it('never calls early', async () => {
    for (let delayMs = 0; delayMs < 10; delayMs += 0.7) {
      const dueAtMs = clock.monotonicMs() + delayMs;
      await new Promise<void>((resolve) => clock.after(delayMs, resolve));
      expect(clock.monotonicMs()).toBeGreaterThanOrEqual(dueAtMs);
    }
  });

  describe('with a timer', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('calls once, later than this call even without a delay', () => {
      for (const delayMs of [0, -5, 1_000]) {
        const due = jest.fn();
        clock.after(delayMs, due);
        expect(due).not.toHaveBeenCalled();
        jest.advanceTimersByTime(10_000);
        expect(due).toHaveBeenCalledTimes(1);
      }
    });

    it('keeps the process alive, unless it waits in the background', () => {
      const setTimeout = jest.spyOn(globalThis, 'setTimeout');
      clock.after(1_000, () => undefined);
      clock.after(1_000, () => undefined, { background: true });
      const kept = setTimeout.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef());
      expect(kept).toEqual([true, false]);
      setTimeout.mockRestore();
    });

    it('waits for months when it is asked to', () => {
      const due = jest.fn();
      clock.after(100 * DAY_MS, due);
      jest.advanceTimersByTime(100 * DAY_MS - 1);
      expect(due).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(due).toHaveBeenCalledTimes(1);
    });

    it('leaves nothing behind when it is cancelled, at any time and twice', () => {
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
