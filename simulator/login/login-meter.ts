import { performance } from 'node:perf_hooks';
import type { Connection } from '../server/connection.js';

const WINDOW_MS = 1_000;

/** Measures how many logins arrive within a second and at once. Shows whether dropped clients reconnect together. */
export class LoginMeter {
  private mostPerSecond = 0;
  private mostAtOnce = 0;
  /** Arrival times of the logins of the last second, on the monotonic clock. */
  private readonly recent: number[] = [];
  /** The connections, each with the function that removes its listener. */
  private readonly inProgress = new Map<Connection, () => void>();

  get mostLoginsPerSecond(): number {
    return this.mostPerSecond;
  }

  get mostLoginsAtOnce(): number {
    return this.mostAtOnce;
  }

  /** Must be called when a login's ClientPayload arrives. */
  begin(connection: Connection): void {
    const now = performance.now();
    while (this.recent[0] !== undefined && this.recent[0] <= now - WINDOW_MS) this.recent.shift();
    this.recent.push(now);
    this.mostPerSecond = Math.max(this.mostPerSecond, this.recent.length);
    if (connection.transport.closed.aborted) return;
    const removeCloseListener = connection.transport.onClose(() => {
      this.end(connection);
    });
    this.inProgress.set(connection, removeCloseListener);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.inProgress.size);
  }

  /** Must be called when the login is active or refused, or its connection is closed. */
  end(connection: Connection): void {
    this.inProgress.get(connection)?.();
    this.inProgress.delete(connection);
  }
}
