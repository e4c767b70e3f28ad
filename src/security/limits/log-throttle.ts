import type { Clock } from '../../whatsapp/ports/clock.js';

const MINUTE_MS = 60_000;

/** For what somebody can bring about as often as they like, and should not be told each time. */
export class LogThrottle {
  /** In the order in which they were told. */
  private readonly loggedAtMs = new Map<string, number>();

  /** @param atMost so many different things are told in a minute, however many there are */
  constructor(
    private readonly clock: Clock,
    private readonly atMost = 1_000,
  ) {}

  /** Whether it is to be told now; then it counts as told. */
  shouldLog(what: string): boolean {
    const nowMs = this.clock.monotonicMs();
    for (const [earlier, atMs] of this.loggedAtMs) {
      if (nowMs - atMs < MINUTE_MS) break;
      this.loggedAtMs.delete(earlier);
    }
    if (this.loggedAtMs.has(what) || this.loggedAtMs.size >= this.atMost) return false;
    this.loggedAtMs.set(what, nowMs);
    return true;
  }
}
