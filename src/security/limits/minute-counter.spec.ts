import { describe, expect, it, jest } from '@jest/globals';
import { RateLimited } from '../access/access.errors.js';
import { MinuteCounter } from './minute-counter.js';

/** Counts this many calls of a client, and returns how many of them were permitted. */
async function permitted(counter: MinuteCounter, client: string, times: number): Promise<number> {
  let count = 0;
  for (let n = 0; n < times; n++) {
    try {
      await counter.count(client, true);
      count += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(RateLimited);
    }
  }
  return count;
}

describe('MinuteCounter', () => {
  it('each client has a limit of its own, and a refusal says when its minute ends', async () => {
    const counter = new MinuteCounter(3);
    expect(await permitted(counter, 'one', 5)).toBe(3);
    expect(await permitted(counter, 'other', 2)).toBe(2);
    const error = await counter.count('one', true).catch((caught: unknown) => caught);
    expect((error as RateLimited).retryAfterMs).toBeGreaterThan(50_000);
    expect((error as RateLimited).retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('a client whose minute is over is replaced before a client whose minute began later', async () => {
    jest.useFakeTimers();
    try {
      const counter = new MinuteCounter(2, 2);
      for (const client of ['one', 'two']) await permitted(counter, client, 1);
      jest.advanceTimersByTime(60_000);
      expect(await permitted(counter, 'one', 3)).toBe(2);
      expect(await permitted(counter, 'three', 1)).toBe(1);
      expect(await permitted(counter, 'one', 1)).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('a client beyond the maximum of counted clients replaces the one that was counted first', async () => {
    const counter = new MinuteCounter(2, 3);
    await counter.count('key', false);
    await counter.count('key', false);
    for (const client of ['one', 'two', 'three']) expect(await permitted(counter, client, 3)).toBe(2);
    expect(await permitted(counter, 'one', 1)).toBe(0);
    expect(await permitted(counter, 'four', 1)).toBe(1);
    expect(await permitted(counter, 'three', 1)).toBe(0);
    await expect(counter.count('key', false)).rejects.toThrow(RateLimited);
    expect(await permitted(counter, 'one', 3)).toBe(2);
  });
});
