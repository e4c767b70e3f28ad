import { describe, expect, it } from '@jest/globals';
import { MessageRetryManager, type WASocket } from '@whiskeysockets/baileys';
import { silentLogger } from '../baileys.logger.js';
import { keepSentMessages, findSentMessage, storeSentMessages } from './retry-message-cache.js';

const NUMBER = '4915100000001@s.whatsapp.net';
const LID = '900000000001@lid';
const MESSAGE = { conversation: 'hello' };

/** A socket with Baileys' own message memory, and one known pair of phone number and LID. */
function sender(): Pick<WASocket, 'signalRepository'> & { messageRetryManager: MessageRetryManager } {
  const lidMapping = {
    getPNForLID: (lid: string) => Promise.resolve(lid === LID ? '4915100000001:0@s.whatsapp.net' : null),
    getLIDForPN: (number: string) => Promise.resolve(number === NUMBER ? '900000000001:0@lid' : null),
  };
  return {
    messageRetryManager: new MessageRetryManager(silentLogger, 5),
    signalRepository: { lidMapping } as unknown as WASocket['signalRepository'],
  };
}

describe('retry message cache', () => {
  it.each([
    ['a device of the number', NUMBER, '4915100000001:3@s.whatsapp.net'],
    ['a device by LID, when it was sent to the number', NUMBER, '900000000001:3@lid'],
    ['a device of the number, when it was sent to the LID', LID, '4915100000001:3@s.whatsapp.net'],
    ['a group', '1234-5678@g.us', '1234-5678@g.us'],
  ])('a message that was sent recently is found for %s', async (_who, sentTo, remoteJid) => {
    const { messageRetryManager, ...rest } = sender();
    messageRetryManager.addRecentMessage(sentTo, 'ID', MESSAGE);
    expect(await findSentMessage({ messageRetryManager, ...rest }, { remoteJid, id: 'ID' })).toBe(MESSAGE);
  });

  it('a message is not given to another recipient that knows its id', async () => {
    const { messageRetryManager, ...rest } = sender();
    messageRetryManager.addRecentMessage(NUMBER, 'ID', MESSAGE);
    for (const remoteJid of [
      '4915100000002:1@s.whatsapp.net',
      '900000000002@lid',
      '1234-5678@g.us',
      '',
      null,
    ]) {
      expect(
        await findSentMessage({ messageRetryManager, ...rest }, { remoteJid, id: 'ID' }),
      ).toBeUndefined();
    }
  });

  it('a message that Baileys no longer has is found in the store, by number and by LID', async () => {
    const stored = {
      find: (chat: string, id: string) =>
        Promise.resolve(chat === NUMBER && id === 'ID' ? MESSAGE : undefined),
    };
    for (const remoteJid of ['4915100000001:3@s.whatsapp.net', '900000000001:3@lid']) {
      expect(await findSentMessage(sender(), { remoteJid, id: 'ID' }, stored)).toBe(MESSAGE);
    }
    const other = { remoteJid: '4915100000002:1@s.whatsapp.net', id: 'ID' };
    expect(await findSentMessage(sender(), other, stored)).toBeUndefined();
  });

  it('messages of both sending functions are stored, and repetitions for one device are not', async () => {
    const kept: string[] = [];
    const socket = {
      sendMessage: () => Promise.resolve({ key: { remoteJid: NUMBER, id: 'SENT' }, message: MESSAGE }),
      relayMessage: (_jid: string, _message: object, { messageId = 'RELAYED' }: { messageId?: string }) =>
        Promise.resolve(messageId),
    } as unknown as Pick<WASocket, 'sendMessage' | 'relayMessage'>;
    storeSentMessages(socket, {
      keep: (chat, id) => {
        kept.push(`${chat} ${id}`);
        return id === 'FAILS' ? Promise.reject(new Error('the disk failed')) : Promise.resolve();
      },
    });
    await socket.sendMessage(NUMBER, { text: 'hello' });
    await socket.relayMessage('4915100000001:3@s.whatsapp.net', MESSAGE, {});
    await socket.relayMessage(NUMBER, MESSAGE, { messageId: 'FAILS' });
    await socket.relayMessage(NUMBER, MESSAGE, { participant: { jid: NUMBER, count: 1 } });
    expect(kept).toEqual([`${NUMBER} SENT`, `${NUMBER} RELAYED`, `${NUMBER} FAILS`]);
  });

  it('no message is found when Baileys keeps no sent messages', async () => {
    const nothing = { ...sender(), messageRetryManager: null };
    keepSentMessages(nothing);
    expect(await findSentMessage(nothing, { remoteJid: NUMBER, id: 'ID' })).toBeUndefined();
  });

  it('a message is found a second time, although Baileys alone would have dropped it after the first', () => {
    const { messageRetryManager } = sender();
    messageRetryManager.addRecentMessage(NUMBER, 'forgotten', MESSAGE);
    messageRetryManager.markRetrySuccess('forgotten');
    expect(messageRetryManager.getRecentMessage(NUMBER, 'forgotten')).toBeUndefined();
    keepSentMessages({ messageRetryManager });
    messageRetryManager.addRecentMessage(NUMBER, 'kept', MESSAGE);
    messageRetryManager.markRetrySuccess('kept');
    expect(messageRetryManager.getRecentMessage(NUMBER, 'kept')?.message).toBe(MESSAGE);
  });
});
