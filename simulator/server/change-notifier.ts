interface Waiter {
  check: () => void;
  cancel: () => void;
}

/** Lets callers wait for a condition over the simulator's state instead of sleeping. */
export class ChangeNotifier {
  private readonly waiters = new Set<Waiter>();
  private scheduled = false;

  /** To be called after every change that somebody could wait for. They look once a turn, however much has changed. */
  notify(): void {
    if (this.scheduled || this.waiters.size === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      for (const waiter of this.waiters) waiter.check();
    });
  }

  /** Resolves with the first answer of `read` that is not undefined, or with undefined when the time is up. */
  waitUntil<T>(read: () => T | undefined, waitMs: number): Promise<T | undefined> {
    const now = read();
    if (now !== undefined || waitMs <= 0) return Promise.resolve(now);
    return new Promise((resolve) => {
      const settle = (value: T | undefined): void => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
        resolve(value);
      };
      const timer = setTimeout(settle, waitMs, undefined);
      const waiter: Waiter = {
        check: () => {
          const value = read();
          if (value !== undefined) settle(value);
        },
        cancel: () => {
          settle(undefined);
        },
      };
      this.waiters.add(waiter);
    });
  }

  /** Everybody who still waits gets undefined. */
  stop(): void {
    for (const waiter of this.waiters) waiter.cancel();
  }
}
