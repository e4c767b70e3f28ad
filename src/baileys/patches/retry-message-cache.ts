// Fault: Baileys 7.0.0-rc14 finds no sent message for a retry request from a device or LID, and keeps it for one retry.
// It keeps sent messages for five minutes, and only as long as their socket.
// Remove when Baileys finds sent messages by device address and by LID, and keeps them over connections for a day.

import {
  isLidUser,
  jidNormalizedUser,
  type proto,
  type WAMessageKey,
  type WASocket,
} from '@whiskeysockets/baileys';
import type { SentMessages } from '../auth-state/sent-messages.js';

type Sender = Pick<WASocket, 'messageRetryManager' | 'signalRepository'>;

/**
 * Returns a sent message that its recipient could not read and requests again.
 * Baileys keeps the messages of a socket for five minutes, by the address that they were sent to. A retry request
 * comes from the address of a device, often a LID for a message that was sent to a number. So Baileys alone finds
 * none of them. A message is returned only to its own recipient.
 * @param stored finds older messages; null: there are none
 */
export async function findSentMessage(
  { messageRetryManager, signalRepository }: Sender,
  { remoteJid, id }: WAMessageKey,
  stored: Pick<SentMessages, 'find'> | null = null,
): Promise<proto.IMessage | undefined> {
  if (!remoteJid || !id) return undefined;
  const find = async (chat: string): Promise<proto.IMessage | undefined> =>
    messageRetryManager?.getRecentMessage(chat, id)?.message ?? (await stored?.find(chat, id));
  const { lidMapping } = signalRepository;
  const name = jidNormalizedUser(remoteJid);
  const found = await find(name);
  if (found) return found;
  const other = isLidUser(name) ? await lidMapping.getPNForLID(name) : await lidMapping.getLIDForPN(name);
  return other ? find(jidNormalizedUser(other)) : undefined;
}

/**
 * Keeps sent messages after the first retry request.
 * Baileys drops a message as soon as one device has requested it again. A request by a second device, or by the same
 * one when it cannot read the second copy, then finds nothing. The memory stays bounded: 512 messages, five minutes.
 */
export function keepSentMessages({ messageRetryManager }: Pick<Sender, 'messageRetryManager'>): void {
  if (messageRetryManager) Reflect.set(messageRetryManager, 'removeRecentMessage', () => undefined);
}

/**
 * Stores every message that a caller sends with `sendMessage` or `relayMessage`, before the call resolves.
 * A message that cannot be stored is sent all the same. A store that fails ends the connection elsewhere.
 */
export function storeSentMessages(
  socket: Pick<WASocket, 'sendMessage' | 'relayMessage'>,
  stored: Pick<SentMessages, 'keep'>,
): void {
  const { sendMessage, relayMessage } = socket;
  const keep = async (jid: string, id: string, message: proto.IMessage): Promise<void> => {
    await stored.keep(jidNormalizedUser(jid), id, message).catch(() => undefined);
  };
  socket.sendMessage = async (jid, content, options) => {
    const sent = await sendMessage(jid, content, options);
    if (sent?.message && sent.key.id) await keep(sent.key.remoteJid ?? jid, sent.key.id, sent.message);
    return sent;
  };
  socket.relayMessage = async (jid, message, options) => {
    const id = await relayMessage(jid, message, options);
    // With a participant, it is the repetition of a message for one device.
    if (!options.participant) await keep(jid, id, message);
    return id;
  };
}
