import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimited } from '../access/access.errors.js';

const MINUTE_S = 60;

/**
 * Counted at the same time, of those who may be any number: a million of them cost no more memory. Of one more, the one that
 * was counted first is forgotten, who may ask as often again; whoever has as many addresses may ask more often anyway.
 */
const MOST_REMEMBERED = 65_536;

/** How often somebody may do something within a minute, which begins with the first time that is counted in it. */
export class MinuteCounter {
  private readonly limiter: RateLimiterMemory;
  /** In the order in which they were first counted. */
  private readonly forgettable = new Set<string>();

  constructor(
    readonly perMinute: number,
    private readonly mostRemembered = MOST_REMEMBERED,
  ) {
    this.limiter = new RateLimiterMemory({ points: perMinute, duration: MINUTE_S });
  }

  /**
   * @param isOneOfMany there may be any number like this one
   * @throws RateLimited
   */
  async count(whose: string, isOneOfMany: boolean): Promise<void> {
    if (isOneOfMany) this.remember(whose);
    try {
      await this.limiter.consume(whose);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // It looks at the wall clock, which may jump.
      throw new RateLimited(Math.min(refusal.msBeforeNext, MINUTE_S * 1_000));
    }
  }

  private remember(whose: string): void {
    this.forgettable.add(whose);
    if (this.forgettable.size <= this.mostRemembered) return;
    const [first = ''] = this.forgettable;
    this.forgettable.delete(first);
    void this.limiter.delete(first);
  }
}
