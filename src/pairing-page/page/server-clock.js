/**
 * What time it is at the service: this machine's clock may be minutes off. A message can only be late, so the newest time
 * that was heard of, plus what has passed here since, is nearest to the truth.
 */
export class ServerClock {
  /** @type {number | null} */
  #aheadMs = null;

  /** @param {number} serverMs when the message was written, by the service's clock */
  heard(serverMs) {
    if (Number.isNaN(serverMs)) return;
    this.#aheadMs = Math.max(this.#aheadMs ?? -Infinity, serverMs - performance.now());
  }

  /** A connection is new: the service may be another one, with another clock. */
  forget() {
    this.#aheadMs = null;
  }

  get nowMs() {
    return this.#aheadMs === null ? Date.now() : performance.now() + this.#aheadMs;
  }
}
