import type { TimerName } from '../domain/session/session-state.js';
import type { Clock, Timer } from '../ports/clock.js';

/** The timers of one session; each has a name, and setting it again replaces it. */
export class SessionTimers {
  private readonly running = new Map<TimerName, Timer>();

  constructor(
    private readonly clock: Clock,
    private readonly onDue: (timer: TimerName) => void,
  ) {}

  schedule(name: TimerName, afterMs: number): void {
    this.cancel(name);
    this.running.set(
      name,
      this.clock.after(afterMs, () => {
        this.running.delete(name);
        this.onDue(name);
      }),
    );
  }

  cancel(name: TimerName): void {
    this.running.get(name)?.cancel();
    this.running.delete(name);
  }

  /** Timers of a phase end with it; only the session's own deadline goes on. */
  cancelAllBut(kept?: TimerName): void {
    for (const name of [...this.running.keys()]) if (name !== kept) this.cancel(name);
  }
}
