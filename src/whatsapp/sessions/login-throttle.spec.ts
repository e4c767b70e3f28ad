import { beforeEach, describe, expect, it } from '@jest/globals';
import { settled, StoppedClock } from '../../../test/support/time/stopped-clock.js';
import { LoginThrottle, type LoginSlot } from './login-throttle.js';

describe('LoginThrottle', () => {
  let clock: StoppedClock;
  let loginThrottle: LoginThrottle;
  let granted: number[];
  let slots: LoginSlot[];

  const request = (count: number): void => {
    for (let number = 0; number < count; number += 1) {
      slots.push(loginThrottle.request(() => granted.push(number)));
    }
  };

  beforeEach(() => {
    clock = new StoppedClock();
    loginThrottle = new LoginThrottle({ reconnects: { simultaneous: 3, perSecond: 10 } }, clock);
    granted = [];
    slots = [];
  });

  it('the throttle grants the first slot at once, but after the request has returned', async () => {
    request(1);
    expect(granted).toEqual([]);
    await settled();
    expect(granted).toEqual([0]);
  });

  it('the throttle spaces the slots evenly, in the order of the requests', async () => {
    request(3);
    await settled();
    clock.goTo(99);
    expect(granted).toEqual([0]);
    clock.goTo(100);
    expect(granted).toEqual([0, 1]);
    clock.goTo(1_000);
    expect(granted).toEqual([0, 1, 2]);
  });

  it('the throttle never exceeds the number of simultaneous logins', async () => {
    request(5);
    await settled();
    clock.goTo(60_000);
    expect(granted).toEqual([0, 1, 2]);
    slots[1]?.release();
    expect(granted).toEqual([0, 1, 2, 3]);
    slots[1]?.release();
    clock.goTo(61_000);
    expect(granted).toEqual([0, 1, 2, 3]);
    slots[0]?.release();
    expect(granted).toEqual([0, 1, 2, 3, 4]);
  });

  it('the throttle skips cancelled requests and keeps no timer without requests', async () => {
    request(3);
    await settled();
    slots[1]?.release();
    clock.goTo(100);
    expect(granted).toEqual([0, 2]);
    request(1);
    await settled();
    expect(clock.timers.size).toBe(1);
    slots[3]?.release();
    expect(clock.timers.size).toBe(0);
  });

  it('the throttle starts 1,000 logins evenly and never exceeds the limit per second', async () => {
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

  it('the throttle refuses a limit of 0', () => {
    expect(() => new LoginThrottle({ reconnects: { perSecond: 0 } }, clock)).toThrow('reconnects.perSecond');
  });
});
