import { address, fetchApi } from './api.js';

const RETRY_PAUSE_MS = 1_000;

/**
 * The picture of the current QR code, drawn by the service. A new picture replaces the old one only when it is loaded,
 * so that the user can always scan one.
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

  /** @param {string} accountId @param {string} code identifies the current code; not a secret */
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
      const response = await fetchApi(address('pair/qr', { accountId, format: 'svg' }), {});
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
