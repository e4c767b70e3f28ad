// Fault: Baileys 7.0.0-rc14 finds no sent message for a retry request from a device or LID, and keeps it for one retry.
// Remove when Baileys finds sent messages by device address and by LID, and keeps them after the first retry.

import {
  isLidUser,
  jidNormalizedUser,
  type proto,
  type WAMessageKey,
  type WASocket,
} from '@whiskeysockets/baileys';

type Sender = Pick<WASocket, 'messageRetryManager' | 'signalRepository'>;

/**
 * Returns a sent message that its recipient could not read and requests again.
 * Baileys keeps the messages of a socket for five minutes, by the address that they were sent to. A retry request
 * comes from the address of a device, often a LID for a message that was sent to a number. So Baileys alone finds
 * none of them. A message is returned only to its own recipient.
 */
export async function findSentMessage(
  { messageRetryManager, signalRepository }: Sender,
  { remoteJid, id }: WAMessageKey,
): Promise<proto.IMessage | undefined> {
  if (!messageRetryManager || !remoteJid || !id) return undefined;
  const { lidMapping } = signalRepository;
  const name = jidNormalizedUser(remoteJid);
  const found = messageRetryManager.getRecentMessage(name, id);
  if (found) return found.message;
  const other = isLidUser(name) ? await lidMapping.getPNForLID(name) : await lidMapping.getLIDForPN(name);
  return other ? messageRetryManager.getRecentMessage(jidNormalizedUser(other), id)?.message : undefined;
}

/**
 * Keeps sent messages after the first retry request.
 * Baileys drops a message as soon as one device has requested it again. A request by a second device, or by the same
 * one when it cannot read the second copy, then finds nothing. The memory stays bounded: 512 messages, five minutes.
 */
export function keepSentMessages({ messageRetryManager }: Pick<Sender, 'messageRetryManager'>): void {
  if (messageRetryManager) Reflect.set(messageRetryManager, 'removeRecentMessage', () => undefined);
}
