import { ask, refusalOf } from './api.js';
import { EventParser } from './event-parser.js';

/**
 * The events of one account, for as long as the page is looked at. After a lost connection it comes back by itself and says
 * what it has heard (`Last-Event-ID`). Not an `EventSource`: that can show no key, and does not tell why the service says no.
 */
const EVENTS = ['snapshot', 'status', 'qr', 'code', 'error', 'connection', 'message'];
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

/** A browser keeps six connections to a host: pages that nobody sees must not use them up. */
const UNSEEN_MS = 30_000;

/** The service gives a sign of life every 15 s; a connection that is silent for three times that long leads nowhere. */
const SILENT_MS = 45_000;

export class EventStream {
  #parser = new EventParser();
  /** @type {AbortController | null} */
  #connection = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watch;
  #pauseMs = FIRST_PAUSE_MS;
  #wanted = true;

  /**
   * @param {string} url
   * @param {object} listener
   * @param {() => void} listener.opened
   * @param {(news: import('./answers.js').News) => void} listener.heard
   * @param {(refusal: import('./api.js').Refusal | null) => void} listener.lost why the service says no; null: it says nothing
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
    this.#wanted = true;
    const connection = new AbortController();
    this.#connection = connection;
    void this.#follow(connection);
  }

  /** Until it is opened again, nothing is asked. */
  end() {
    this.#wanted = false;
    this.#close();
  }

  #close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#connection?.abort();
    this.#connection = null;
  }

  /** @param {AbortController} connection */
  async #follow(connection) {
    const { signal } = connection;
    const refusal = await this.#listen(signal);
    if (signal.aborted) return;
    clearTimeout(this.#watch);
    this.#connection = null;
    this.#timer = setTimeout(() => {
      this.open();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.listener.lost(refusal);
  }

  /** @param {AbortSignal} signal @returns why the service has said no, when it is over; null: the connection is lost */
  async #listen(signal) {
    const { lastEventId } = this.#parser;
    const response = await ask(this.url, {
      headers: { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) },
      signal,
    }).catch(() => null);
    if (!response?.ok) return response && (await refusalOf(response));
    this.listener.opened();
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#parser.begin();
    const text = new TextDecoder();
    const reader = response.body?.getReader();
    for (;;) {
      this.#watchOver();
      const piece = await reader?.read().catch(() => null);
      if (signal.aborted || !piece?.value) return null;
      for (const message of this.#parser.take(text.decode(piece.value, { stream: true })))
        this.#hear(message);
      this.#pauseMs = this.#parser.retryMs ?? FIRST_PAUSE_MS;
    }
  }

  #watchOver() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      this.open();
      this.listener.lost(null);
    }, SILENT_MS);
  }

  /** @param {import('./event-parser.js').Message} message */
  #hear({ type, data }) {
    if (!EVENTS.includes(type)) return;
    try {
      /** @type {unknown} */
      const news = JSON.parse(data);
      this.listener.heard(/** @type {import('./answers.js').News} */ (news));
    } catch (error) {
      // What goes wrong with one event is told, and the next ones are heard.
      reportError(error);
    }
  }

  #seenOrNot() {
    if (!this.#wanted) return;
    if (document.visibilityState === 'hidden') {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#close();
      }, UNSEEN_MS);
    } else if (this.#connection === null) {
      this.open();
    } else {
      clearTimeout(this.#timer);
    }
  }
}
