export interface Timer {
  cancel(): void;
}

/** The only source of time in the core. */
export abstract class Clock {
  /** Returns the wall-clock time, for dates that people read. It may jump. */
  abstract now(): Date;
  /** Returns milliseconds that never decrease, for every deadline. */
  abstract monotonicMs(): number;
  /**
   * Calls `due` once after `delayMs`. The caller cancels the timer when it is no longer needed.
   * @param how `background`: the timer does not keep the process alive. Default false
   */
  abstract after(delayMs: number, due: () => void, how?: { readonly background: boolean }): Timer;
}
