import { address, ask } from './api.js';

const RETRY_PAUSE_MS = 1_000;

/**
 * The picture of the QR code that is on the screen. The service draws it; a newer one replaces an older one only when it is
 * here, so that there is always something to scan.
 */
export class QrPicture {
  #wanted = '';
  #url = '';

  /**
   * @param {HTMLImageElement} image
   * @param {(ready: boolean) => void} onReady
   */
  constructor(image, onReady) {
    this.image = image;
    this.onReady = onReady;
  }

  /** @param {string} accountId @param {string} code names the code that is on the screen; it is no secret */
  show(accountId, code) {
    if (code === this.#wanted) return;
    this.#wanted = code;
    this.image.alt = `QR code that links the account ${accountId}`;
    void this.#fetch(accountId, code);
  }

  clear() {
    if (this.#wanted === '') return;
    this.#wanted = '';
    this.image.removeAttribute('src');
    URL.revokeObjectURL(this.#url);
    this.onReady(false);
  }

  /** @param {string} accountId @param {string} code */
  async #fetch(accountId, code) {
    try {
      const response = await ask(address('pair/qr', { accountId, format: 'svg' }), {});
      if (!response.ok) throw new Error(`${response.status}`);
      const picture = await response.blob();
      if (code === this.#wanted) await this.#put(picture);
    } catch {
      setTimeout(() => {
        if (code === this.#wanted) void this.#fetch(accountId, code);
      }, RETRY_PAUSE_MS);
    }
  }

  /** @param {Blob} picture */
  async #put(picture) {
    const before = this.#url;
    this.#url = URL.createObjectURL(picture);
    this.image.src = this.#url;
    await this.image.decode();
    URL.revokeObjectURL(before);
    this.onReady(true);
  }
}
