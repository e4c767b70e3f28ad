/**
 * The events of one account, for as long as the page is looked at. The browser connects anew by itself after a lost
 * connection and says what it has heard (`Last-Event-ID`); when it has given up, for example because the service said no
 * while it was ending, we begin again.
 */
const EVENTS = ['snapshot', 'status', 'qr', 'code', 'connection', 'message'];
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

/** A browser keeps six connections to a host: pages that nobody sees must not use them up. */
const UNSEEN_MS = 30_000;

export class EventStream {
  /** @type {EventSource | null} */
  #source = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #pauseMs = FIRST_PAUSE_MS;

  /**
   * @param {string} url
   * @param {object} listener
   * @param {() => void} listener.opened
   * @param {(news: import('./answers.js').News) => void} listener.heard
   * @param {() => void} listener.lost
   */
  constructor(url, listener) {
    this.url = url;
    this.listener = listener;
    document.addEventListener('visibilitychange', () => {
      this.#seenOrNot();
    });
    this.open();
  }

  /** Connects anew, at once. */
  open() {
    this.#close();
    const source = new EventSource(this.url);
    this.#source = source;
    source.addEventListener('open', () => {
      this.#pauseMs = FIRST_PAUSE_MS;
      this.listener.opened();
    });
    for (const type of EVENTS) {
      source.addEventListener(type, (event) => {
        this.#hear(event);
      });
    }
    // The service's own events of this name arrive here, too.
    source.addEventListener('error', (event) => {
      if (event instanceof MessageEvent) this.#hear(event);
      else this.#lose(source);
    });
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  /** @param {MessageEvent} event */
  #hear(event) {
    /** @type {unknown} */
    const news = JSON.parse(String(event.data));
    this.listener.heard(/** @type {import('./answers.js').News} */ (news));
  }

  /** @param {EventSource} source */
  #lose(source) {
    if (source !== this.#source) return;
    this.listener.lost();
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.open();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  #seenOrNot() {
    if (document.visibilityState === 'hidden') {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#close();
      }, UNSEEN_MS);
    } else if (this.#source === null || this.#source.readyState === EventSource.CLOSED) {
      this.open();
    } else {
      clearTimeout(this.#timer);
    }
  }
}
