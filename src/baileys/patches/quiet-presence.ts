// Fault: Baileys 7.0.0-rc14 announces accounts as online: it sends `<presence>` without a type when a name changes.
// Remove when Baileys sends no presence on `creds.update`, and `unavailable` also for an account without a name.

import type { BaileysEventMap, WASocket } from '@whiskeysockets/baileys';
import { emitterBehind } from '../socket-emitter.js';

/**
 * Makes a socket send one `unavailable` after every `open`, and no other presence unless a caller of
 * `sendPresenceUpdate` requests it. While a device is online, WhatsApp sends no notifications to the phone.
 *
 * Baileys has two faults here:
 * - `creds.update` with another name, or without a name (every partial update), sends `<presence>` without a type,
 *   which WhatsApp reads as online.
 * - Without a name, which is usual after linking, `sendPresenceUpdate` sends nothing.
 */
export function keepPresenceQuiet(socket: WASocket): void {
  replaceCredentialsListener(socket);
  const { sendPresenceUpdate } = socket;
  socket.sendPresenceUpdate = async (type, toJid) => {
    const isChatState = type !== 'available' && type !== 'unavailable';
    if (isChatState || socket.authState.creds.me?.name) return sendPresenceUpdate(type, toJid);
    // The same as Baileys, without the name. Baileys reads `isOnline` for the receipts that it sends.
    socket.ev.emit('connection.update', { isOnline: type === 'available' });
    if (type === 'available') void socket.sendUnifiedSession();
    await socket.sendNode({ tag: 'presence', attrs: { type } });
  };
  socket.ev.on('connection.update', ({ connection }) => {
    // Baileys' own listener has sent it when there is a name.
    if (connection !== 'open' || socket.authState.creds.me?.name) return;
    // A connection that breaks now is reported elsewhere.
    socket.sendPresenceUpdate('unavailable').catch(() => undefined);
  });
}

/** Replaces Baileys' first listener of `creds.update`, which announces the name and then changes the credentials. */
function replaceCredentialsListener({ ev, authState }: WASocket): void {
  const emitter = emitterBehind(ev);
  const [announce] = emitter.rawListeners('creds.update') as ((...args: unknown[]) => void)[];
  if (!announce) throw new Error('Baileys does not listen to creds.update');
  emitter.off('creds.update', announce);
  emitter.prependListener('creds.update', (update: BaileysEventMap['creds.update']) => {
    Object.assign(authState.creds, update);
  });
}
