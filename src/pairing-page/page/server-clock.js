/**
 * Estimates the clock of the service, because the clock of the browser may be minutes off. A message can only arrive
 * late, so the largest received time, plus the time that passed since, is the best estimate.
 */
export class ServerClock {
  /** @type {number | null} */
  #aheadMs = null;

  /** @param {number} serverMs when the service wrote the message, by its own clock */
  update(serverMs) {
    if (Number.isNaN(serverMs)) return;
    this.#aheadMs = Math.max(this.#aheadMs ?? -Infinity, serverMs - performance.now());
  }

  /** Forgets the estimate: after a reconnect the service may run on another machine. */
  reset() {
    this.#aheadMs = null;
  }

  get nowMs() {
    return this.#aheadMs === null ? Date.now() : performance.now() + this.#aheadMs;
  }
}
