import { element, type Stanza } from '../wire/stanza.js';

/**
 * The `<failure>` stanza: Baileys' socket.js, `CB:failure`; whatsmeow's connectionevents.go, `handleConnectFailure`.
 * Only 402 has `expire`.
 */
export function failure(code: number, expireS?: number): Stanza {
  const ban = expireS === undefined ? {} : { code: '101', expire: String(expireS) };
  return element('failure', { reason: String(code), location: 'sim', ...ban });
}

/** The `<stream:error>` stanza: whatsmeow's connectionevents.go, `handleStreamError`. */
export function streamError(code: number | undefined, conflict?: 'replaced' | 'device_removed'): Stanza {
  const attrs = code === undefined ? {} : { code: String(code) };
  return element('stream:error', attrs, conflict && [element('conflict', { type: conflict })]);
}

export const restart = (): Stanza => streamError(515);
export const replaced = (): Stanza => streamError(undefined, 'replaced');
export const deviceRemoved = (): Stanza => streamError(401, 'device_removed');
