import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { KeepAlive } from './keep-alive.js';

const TIMINGS = { everyMs: 25_000, answerMs: 20_000 };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('KeepAlive', () => {
  let suspendedMs: number;
  let sentAt: number[];
  let listening: number;
  let answer: (() => void) | null;
  let onTimeout: jest.Mock<() => void>;

  beforeEach(() => {
    jest.useFakeTimers();
    suspendedMs = 0;
    sentAt = [];
    listening = 0;
    answer = null;
    onTimeout = jest.fn<() => void>();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function monotonicMs(): number {
    return performance.now() + suspendedMs;
  }

  /** @param answerAfterMs null: no automatic answer */
  function watch(answerAfterMs: number | null): KeepAlive {
    const made = new KeepAlive(
      TIMINGS,
      (answered) => {
        sentAt.push(performance.now());
        listening += 1;
        answer = answered;
        const timer = answerAfterMs === null ? null : setTimeout(answered, answerAfterMs);
        return () => {
          listening -= 1;
          answer = null;
          if (timer) clearTimeout(timer);
        };
      },
      onTimeout,
      monotonicMs,
    );
    made.start();
    return made;
  }

  /** Suspends the process: the next timer fires this much too late. */
  function suspend(ms: number): void {
    suspendedMs += ms;
  }

  it('a ping is sent about every 25 s while pings are answered', () => {
    const made = watch(100);
    jest.advanceTimersByTime(HOUR_MS);
    expect(onTimeout).not.toHaveBeenCalled();
    const pausesMs = sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0));
    expect(Math.min(...pausesMs)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...pausesMs)).toBeLessThanOrEqual(30_200);
    made.stop();
  });

  it('silence is reported once within 90 s, and no further ping is sent', () => {
    watch(null);
    jest.advanceTimersByTime(90_000);
    expect(onTimeout).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(HOUR_MS);
    expect(onTimeout).toHaveBeenCalledTimes(1);
    expect(sentAt).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
    expect(listening).toBe(0);
  });

  it('an answer at the last moment counts as an answer', () => {
    const made = watch(20_400);
    jest.advanceTimersByTime(10 * MINUTE_MS);
    expect(onTimeout).not.toHaveBeenCalled();
    made.stop();
  });

  it.each([1, 2])('a new ping is sent when the process was suspended, at timer %d of the wait', (timer) => {
    watch(null);
    jest.advanceTimersToNextTimer(timer);
    suspend(2 * MINUTE_MS);
    jest.advanceTimersToNextTimer();
    expect(onTimeout).not.toHaveBeenCalled();
    expect(sentAt).toHaveLength(2);
    answer?.();
    expect(listening).toBe(0);
    // From here on no ping is answered.
    jest.advanceTimersByTime(90_000);
    expect(onTimeout).toHaveBeenCalledTimes(1);
  });

  it('silence after a suspension of the process is reported, too', () => {
    watch(null);
    jest.advanceTimersToNextTimer();
    suspend(2 * MINUTE_MS);
    jest.advanceTimersByTime(45_000);
    expect(onTimeout).toHaveBeenCalledTimes(1);
  });

  it('changes of the wall clock do not affect the keep-alive', () => {
    const made = watch(100);
    for (const jumpMs of [HOUR_MS, -2 * HOUR_MS, 400 * 24 * HOUR_MS]) {
      jest.advanceTimersByTime(26_000);
      jest.setSystemTime(Date.now() + jumpMs);
    }
    jest.advanceTimersByTime(2 * MINUTE_MS);
    expect(onTimeout).not.toHaveBeenCalled();
    made.stop();
  });

  it('a thousand connections do not send their pings at the same time', () => {
    const made = Array.from({ length: 1_000 }, () => watch(100));
    listening = 0;
    jest.advanceTimersByTime(5 * MINUTE_MS);
    const perSecond = new Map<number, number>();
    for (const at of sentAt)
      perSecond.set(Math.floor(at / 1000), (perSecond.get(Math.floor(at / 1000)) ?? 0) + 1);
    expect(Math.max(...perSecond.values())).toBeLessThan(200);
    for (const one of made) one.stop();
    listening = 0;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stopping at any time leaves no timer and no listener, and the keep-alive does not start again', () => {
    for (const passedMs of [0, 10_000, 31_000, 51_000, 90_000]) {
      const made = watch(null);
      jest.advanceTimersByTime(passedMs);
      made.stop();
      made.stop();
      made.start();
      expect(jest.getTimerCount()).toBe(0);
      expect(listening).toBe(0);
    }
  });
});
