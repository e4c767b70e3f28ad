import { beforeEach, describe, expect, it } from '@jest/globals';
import { settled, StoppedClock } from '../../../test/support/time/stopped-clock.js';
import { LoginThrottle } from './login-throttle.js';
import type { LoginSlot } from './login-throttle.js';

describe('the budget for reconnects', () => {
  let clock: StoppedClock;
  let loginThrottle: LoginThrottle;
  let granted: number[];
  let turns: LoginSlot[];

  const ask = (count: number): void => {
    for (let number = 0; number < count; number += 1) {
      turns.push(loginThrottle.request(() => granted.push(number)));
    }
  };

  beforeEach(() => {
    clock = new StoppedClock();
    loginThrottle = new LoginThrottle({ reconnects: { simultaneous: 3, perSecond: 10 } }, clock);
    granted = [];
    turns = [];
  });

  it('grants the first at once, but not within the call that asks', async () => {
    ask(1);
    expect(granted).toEqual([]);
    await settled();
    expect(granted).toEqual([0]);
  });

  it('spaces the turns evenly, in the order of asking', async () => {
    ask(3);
    await settled();
    clock.goTo(99);
    expect(granted).toEqual([0]);
    clock.goTo(100);
    expect(granted).toEqual([0, 1]);
    clock.goTo(1_000);
    expect(granted).toEqual([0, 1, 2]);
  });

  it('has no more at a time than it may, however long they take', async () => {
    ask(5);
    await settled();
    clock.goTo(60_000);
    expect(granted).toEqual([0, 1, 2]);
    turns[1]?.release();
    expect(granted).toEqual([0, 1, 2, 3]);
    turns[1]?.release();
    clock.goTo(61_000);
    expect(granted).toEqual([0, 1, 2, 3]);
    turns[0]?.release();
    expect(granted).toEqual([0, 1, 2, 3, 4]);
  });

  it('passes over whoever has given up waiting, and keeps no timer for nobody', async () => {
    ask(3);
    await settled();
    turns[1]?.release();
    clock.goTo(100);
    expect(granted).toEqual([0, 2]);
    ask(1);
    await settled();
    expect(clock.timers.size).toBe(1);
    turns[3]?.release();
    expect(clock.timers.size).toBe(0);
  });

  it('starts a thousand over the time they take, and never more in a second than it may', async () => {
    loginThrottle = new LoginThrottle({ reconnects: { simultaneous: 1_000, perSecond: 50 } }, clock);
    const startedAtMs: number[] = [];
    for (let number = 0; number < 1_000; number += 1) {
      loginThrottle.request(() => startedAtMs.push(clock.monotonicMs()));
    }
    await settled();
    clock.goTo(30_000);
    expect(startedAtMs).toHaveLength(1_000);
    const most = Math.max(
      ...startedAtMs.map(
        (from) => startedAtMs.filter((atMs) => atMs >= from && atMs < from + 1_000 - 1e-6).length,
      ),
    );
    expect(most).toBeLessThanOrEqual(50);
    expect(startedAtMs.at(-1)).toBeLessThan(21_000);
  });

  it('refuses a budget that would let nobody in', () => {
    expect(() => new LoginThrottle({ reconnects: { perSecond: 0 } }, clock)).toThrow('reconnects.perSecond');
  });
});
