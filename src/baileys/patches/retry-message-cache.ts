import {
  isLidUser,
  jidNormalizedUser,
  type proto,
  type WAMessageKey,
  type WASocket,
} from '@whiskeysockets/baileys';

type Sender = Pick<WASocket, 'messageRetryManager' | 'signalRepository'>;

/**
 * The message that somebody could not read and asks for again. Baileys remembers for five minutes what a socket has sent, by
 * the address it was sent to; those who ask do it from the address of a device, and often by LID where the message was sent
 * to a number, so by itself it finds none of them. Only what was sent to the one who asks is given.
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
 * Baileys forgets a message as soon as one device has asked for it again: a second device, or the same one when it cannot
 * read the second copy either, then asks in vain. The memory is bounded without that: 512 messages, five minutes.
 */
export function keepSentMessages({ messageRetryManager }: Pick<Sender, 'messageRetryManager'>): void {
  if (messageRetryManager) Reflect.set(messageRetryManager, 'removeRecentMessage', () => undefined);
}
