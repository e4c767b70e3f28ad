import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimited } from '../access/access.errors.js';

const MINUTE_S = 60;

/**
 * Maximum number of clients of an unlimited kind that are counted at the same time, which bounds the memory. One more
 * client replaces the client whose minute began first, which then has its full limit again. An attacker with this many
 * addresses exceeds limits by address anyway.
 */
const MAX_COUNTED = 65_536;

/** Counts calls per client within a minute. A client's minute begins with its first counted call. */
export class MinuteCounter {
  private readonly limiter: RateLimiterMemory;
  /** Clients of an unlimited kind, in the order in which their minutes began. The first ones may be over. */
  private readonly replaceable = new Set<string>();

  constructor(
    readonly perMinute: number,
    private readonly maxCounted = MAX_COUNTED,
  ) {
    this.limiter = new RateLimiterMemory({ points: perMinute, duration: MINUTE_S });
  }

  /**
   * @param isOneOfMany the number of clients of this kind is unlimited
   * @throws RateLimited
   */
  async count(client: string, isOneOfMany: boolean): Promise<void> {
    try {
      const { isFirstInDuration } = await this.limiter.consume(client);
      if (isOneOfMany && isFirstInDuration) this.remember(client);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // The limiter reads the wall clock, which can jump.
      throw new RateLimited(Math.min(refusal.msBeforeNext, MINUTE_S * 1_000));
    }
  }

  private remember(client: string): void {
    this.replaceable.delete(client);
    this.replaceable.add(client);
    if (this.replaceable.size <= this.maxCounted) return;
    const [first = ''] = this.replaceable;
    this.replaceable.delete(first);
    void this.limiter.delete(first);
  }
}
