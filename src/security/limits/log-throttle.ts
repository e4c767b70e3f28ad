import type { Clock } from '../../whatsapp/ports/clock.js';

const MINUTE_MS = 60_000;

/** Limits log lines that a client can cause as often as it likes: each line is logged once a minute. */
export class LogThrottle {
  /** When each line was logged last, oldest first. */
  private readonly loggedAtMs = new Map<string, number>();

  /** @param maxPerMinute limit of different lines in a minute */
  constructor(
    private readonly clock: Clock,
    private readonly maxPerMinute = 1_000,
  ) {}

  /** Whether the line is to be logged now. If so, it counts as logged. */
  shouldLog(line: string): boolean {
    const nowMs = this.clock.monotonicMs();
    for (const [earlier, atMs] of this.loggedAtMs) {
      if (nowMs - atMs < MINUTE_MS) break;
      this.loggedAtMs.delete(earlier);
    }
    if (this.loggedAtMs.has(line) || this.loggedAtMs.size >= this.maxPerMinute) return false;
    this.loggedAtMs.set(line, nowMs);
    return true;
  }
}
