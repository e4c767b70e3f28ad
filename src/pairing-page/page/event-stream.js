import { fetchApi, refusalOf } from './api.js';
import { EventParser } from './event-parser.js';

/** The known event types; others are ignored. */
const EVENTS = ['snapshot', 'status', 'qr', 'code', 'error', 'connection', 'message'];
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

/** A browser opens at most six connections to a host: a hidden page closes its stream after this time. */
const HIDDEN_MS = 30_000;

/**
 * The service sends a comment every 15 s. A connection without data for three times that long is broken, also before
 * its first data.
 */
const SILENT_MS = 45_000;

/**
 * The events of one account, while the page is visible. It reconnects automatically with `Last-Event-ID`. It does not
 * use `EventSource`, which can neither send a key nor report why the service refuses.
 */
export class EventStream {
  #parser = new EventParser();
  /** @type {AbortController | null} */
  #connection = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watchdog;
  #pauseMs = FIRST_PAUSE_MS;
  #wanted = true;

  /**
   * @param {string} url
   * @param {object} listener
   * @param {() => void} listener.opened
   * @param {(update: import('./answers.js').AccountUpdate) => void} listener.received
   * @param {(refusal: import('./api.js').Refusal | null) => void} listener.lost the refusal of the service; null: it
   * does not answer
   */
  constructor(url, listener) {
    this.url = url;
    this.listener = listener;
    document.addEventListener('visibilitychange', () => {
      this.#visibilityChanged();
    });
    this.open();
  }

  /** Connects at once, and replaces an earlier connection. */
  open() {
    this.#close();
    this.#wanted = true;
    const connection = new AbortController();
    this.#connection = connection;
    void this.#follow(connection);
  }

  /** Closes the stream until `open` is called. */
  end() {
    this.#wanted = false;
    this.#close();
  }

  #close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#watchdog);
    this.#connection?.abort();
    this.#connection = null;
  }

  /** @param {AbortController} connection */
  async #follow(connection) {
    const { signal } = connection;
    const refusal = await this.#listen(signal);
    if (signal.aborted) return;
    clearTimeout(this.#watchdog);
    this.#connection = null;
    this.#timer = setTimeout(() => {
      this.open();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.listener.lost(refusal);
  }

  /**
   * Reads events until the connection ends.
   * @param {AbortSignal} signal
   * @returns the refusal; null: the connection is lost
   */
  async #listen(signal) {
    const { lastEventId } = this.#parser;
    this.#restartWatchdog();
    const response = await fetchApi(this.url, {
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
      this.#restartWatchdog();
      const piece = await reader?.read().catch(() => null);
      if (signal.aborted || !piece?.value) return null;
      for (const message of this.#parser.take(text.decode(piece.value, { stream: true })))
        this.#dispatch(message);
      this.#pauseMs = this.#parser.retryMs ?? FIRST_PAUSE_MS;
    }
  }

  #restartWatchdog() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.open();
      this.listener.lost(null);
    }, SILENT_MS);
  }

  /** @param {import('./event-parser.js').Message} message */
  #dispatch({ type, data }) {
    if (!EVENTS.includes(type)) return;
    try {
      /** @type {unknown} */
      const update = JSON.parse(data);
      this.listener.received(/** @type {import('./answers.js').AccountUpdate} */ (update));
    } catch (error) {
      // An error in one event is reported and does not stop the following ones.
      reportError(error);
    }
  }

  #visibilityChanged() {
    if (!this.#wanted) return;
    if (document.visibilityState === 'hidden') {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#close();
      }, HIDDEN_MS);
    } else if (this.#connection === null) {
      this.open();
    } else {
      clearTimeout(this.#timer);
    }
  }
}
