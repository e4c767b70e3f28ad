import { describe, expect, it } from '@jest/globals';
import { RateLimited } from '../access/access.errors.js';
import { MinuteCounter } from './minute-counter.js';

/** How many of so many times are let through. */
async function letThrough(counter: MinuteCounter, whose: string, times: number): Promise<number> {
  let through = 0;
  for (let n = 0; n < times; n++) {
    try {
      await counter.count(whose, true);
      through += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(RateLimited);
    }
  }
  return through;
}

describe('how often somebody may do something', () => {
  it('is counted for each of them, and told with when the minute is over', async () => {
    const counter = new MinuteCounter(3);
    expect(await letThrough(counter, 'one', 5)).toBe(3);
    expect(await letThrough(counter, 'other', 2)).toBe(2);
    const error = await counter.count('one', true).catch((caught: unknown) => caught);
    expect((error as RateLimited).retryAfterMs).toBeGreaterThan(50_000);
    expect((error as RateLimited).retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('is forgotten of who was counted first, where there are more than can be remembered', async () => {
    const counter = new MinuteCounter(2, 3);
    await counter.count('key', false);
    await counter.count('key', false);
    for (const whose of ['one', 'two', 'three']) expect(await letThrough(counter, whose, 3)).toBe(2);
    expect(await letThrough(counter, 'one', 1)).toBe(0);
    expect(await letThrough(counter, 'four', 1)).toBe(1);
    expect(await letThrough(counter, 'three', 1)).toBe(0);
    await expect(counter.count('key', false)).rejects.toThrow(RateLimited);
    expect(await letThrough(counter, 'one', 3)).toBe(2);
  });
});
