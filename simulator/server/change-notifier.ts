interface Waiter {
  check: () => void;
  cancel: () => void;
}

/** Lets callers wait for a condition on the simulator's state, so that tests need no sleep. */
export class ChangeNotifier {
  private readonly waiters = new Set<Waiter>();
  private scheduled = false;

  /**
   * Must be called after every change of the state. All waiters check their condition once per turn of the event loop.
   */
  notify(): void {
    if (this.scheduled || this.waiters.size === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      for (const waiter of this.waiters) waiter.check();
    });
  }

  /** Resolves with the first value of `read` that is not undefined; with undefined after `waitMs`. */
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

  /** Resolves every wait with undefined. */
  stop(): void {
    for (const waiter of this.waiters) waiter.cancel();
  }
}
