/**
 * Reads a stream of events as the HTML standard has it (9.2.6, "Interpreting an event stream"), but for lines that end in a
 * carriage return alone.
 *
 * @typedef {{ type: string, data: string }} Message
 */
export class EventParser {
  /** Of the latest message that is complete; empty: none had one. */
  lastEventId = '';
  /** How long the service asks to wait before coming back. @type {number | null} */
  retryMs = null;
  #rest = '';
  #id = '';
  #type = '';
  /** @type {string[]} */
  #data = [];

  /** A connection is new: what was incomplete stays so. */
  begin() {
    this.#rest = '';
    this.#id = this.lastEventId;
    this.#type = '';
    this.#data = [];
  }

  /** @param {string} text @returns {Message[]} what is complete with it */
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
    const told = this.#data.length > 0;
    this.#type = '';
    this.#data = [];
    return told ? message : null;
  }
}
