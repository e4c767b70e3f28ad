import { address, fetchApi, READ_MS } from './api.js';

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
      const signal = AbortSignal.timeout(READ_MS);
      const response = await fetchApi(address('pair/qr', { accountId, format: 'svg' }), { signal });
      if (!response.ok) throw new Error(`${response.status}`);
      const picture = await response.blob();
      if (code !== this.#wanted) return;
      await this.#put(picture);
      // The code may have been cleared or replaced while its picture was loading.
      if (code === this.#wanted) this.onReady(true);
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
    try {
      await this.image.decode();
    } finally {
      URL.revokeObjectURL(before);
    }
  }
}
