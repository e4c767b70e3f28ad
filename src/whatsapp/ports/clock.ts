export interface Timer {
  cancel(): void;
}

/** The only way time enters the core. */
export abstract class Clock {
  /** Wall time, for people. It may jump. */
  abstract now(): Date;
  /** Milliseconds that only ever grow, for every deadline. */
  abstract monotonicMs(): number;
  /**
   * Calls `due` once after `delayMs`. Whoever asked for the timer cancels it.
   * @param how `background`: does not keep the process alive. Default false
   */
  abstract after(delayMs: number, due: () => void, how?: { readonly background: boolean }): Timer;
}
