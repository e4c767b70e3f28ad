// Fault: Baileys 7.0.0-rc14 holds events for up to 30 s after it has sent their receipts, when WhatsApp sends no end
// of the offline messages. When the socket ends meanwhile, it drops them.
// Remove when Baileys limits the buffering of events to a few seconds, and emits what it holds when a socket ends.

import type { WASocket } from '@whiskeysockets/baileys';

/** The longest time between the receipt of a message and its event. */
const MOST_BUFFERED_MS = 5_000;

type BufferedSocket = Pick<WASocket, 'ev' | 'registerSocketEndHandler'>;

/**
 * Emits buffered events at the latest 5 s after the first of them, and when the socket ends.
 * After a login, Baileys holds the events of the messages that waited while the account was offline, until WhatsApp
 * announces their end. Their receipts leave at once, so WhatsApp does not deliver them again.
 */
export function limitEventBuffer({ ev, registerSocketEndHandler }: BufferedSocket): void {
  let timer: NodeJS.Timeout | null = null;
  let ended = false;
  const stop = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
  };
  const baileys = { ...ev };
  ev.flush = (...args) => {
    stop();
    return baileys.flush(...args);
  };
  ev.emit = (...args) => {
    const emitted = baileys.emit(...args);
    if (ev.isBuffering() && !timer && !ended) timer = setTimeout(() => ev.flush(), MOST_BUFFERED_MS);
    return emitted;
  };
  registerSocketEndHandler(() => {
    ended = true;
    ev.flush();
  });
}
