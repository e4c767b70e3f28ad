import type { Clock } from '../whatsapp/ports/clock.js';

const MINUTE_MS = 60_000;
/** So many different things are told in a minute, however many there are. */
const AT_MOST = 1_000;

/** For what somebody can bring about as often as they like, and should not be told each time. */
export class OnceAMinute {
  /** In the order in which they were told. */
  private readonly toldAtMs = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Whether it is to be told now; then it counts as told. */
  isDue(what: string): boolean {
    const nowMs = this.clock.monotonicMs();
    for (const [earlier, atMs] of this.toldAtMs) {
      if (nowMs - atMs < MINUTE_MS) break;
      this.toldAtMs.delete(earlier);
    }
    if (this.toldAtMs.has(what) || this.toldAtMs.size >= AT_MOST) return false;
    this.toldAtMs.set(what, nowMs);
    return true;
  }
}
