/**
 * Parses an event stream by the HTML standard (9.2.6, "Interpreting an event stream"), except for lines that end in a
 * carriage return alone.
 *
 * @typedef {{ type: string, data: string }} Message
 */
export class EventParser {
  /** The id of the latest complete message; empty: none. */
  lastEventId = '';
  /** The wait before a reconnect that the service demands; null: none. @type {number | null} */
  retryMs = null;
  #rest = '';
  #id = '';
  #type = '';
  /** @type {string[]} */
  #data = [];

  /** Begins a new connection and drops an incomplete message of the previous one. */
  begin() {
    this.#rest = '';
    this.#id = this.lastEventId;
    this.#type = '';
    this.#data = [];
  }

  /** @param {string} text the next part of the stream @returns {Message[]} the messages that it completes */
  take(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    /** @type {Message[]} */
    const messages = [];
    for (const line of lines) {
      const message = this.#line(line.replace(/\r$/, ''));
      if (message) messages.push(message);
    }
    return messages;
  }

  /** @param {string} line @returns {Message | null} */
  #line(line) {
    if (line === '') return this.#complete();
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'event') this.#type = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
    return null;
  }

  #complete() {
    this.lastEventId = this.#id;
    const message = { type: this.#type || 'message', data: this.#data.join('\n') };
    const hasData = this.#data.length > 0;
    this.#type = '';
    this.#data = [];
    return hasData ? message : null;
  }
}
