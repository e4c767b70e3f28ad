import { describe, expect, it } from '@jest/globals';
import { processHistoryMessage, proto } from '@whiskeysockets/baileys';
import {
  LARGEST_ENTRY_BYTES,
  MOST_ENTRIES,
  MOST_FIELDS,
  MOST_PIECE_BYTES,
  MOST_PIECE_ENTRIES,
} from './history-limits.js';
import type { HistoryPiece } from './history-pieces.js';
import { historyPieces, type Wanted } from './history-reader.js';

type Plain = Record<string, unknown>;

const encoded = (history: Plain): Uint8Array =>
  proto.HistorySync.encode(proto.HistorySync.fromObject({ syncType: 3, ...history })).finish();
const read = (history: Uint8Array, wanted: Wanted): HistoryPiece[] => [...historyPieces(history, wanted)];

const pn = (user: number): string => `49${user}@s.whatsapp.net`;
const lid = (user: number): string => `1000${user}@lid`;
const message = (chat: string, fromMe: boolean, receiptOf?: string): Plain => ({
  message: {
    key: { remoteJid: chat, fromMe, id: 'A' },
    message: { conversation: `in ${chat}` },
    ...(receiptOf !== undefined && { userReceipt: [{ userJid: receiptOf }] }),
  },
});

const HISTORY = encoded({
  phoneNumberToLidMappings: [{ pnJid: pn(1), lidJid: lid(1) }, { pnJid: pn(2) }],
  conversations: [
    { id: pn(3), lidJid: lid(3), name: 'three' },
    { id: lid(4), pnJid: pn(4), messages: [message(lid(4), false)] },
    { id: lid(5), messages: [message(lid(5), false, pn(9)), message(lid(5), true, pn(5))] },
    { id: lid(6), messages: [message(lid(6), true, lid(6))] },
    { id: '120363@g.us', pnJid: pn(7), lidJid: lid(7), messages: [message('120363@g.us', true, pn(7))] },
    { id: pn(8), lidJid: lid(8), tcToken: Buffer.from('t'), tcTokenTimestamp: 8, tcTokenSenderTimestamp: 9 },
    { id: lid(9), tcToken: Buffer.from('u'), tcTokenTimestamp: 10 },
    { id: pn(10), tcToken: Buffer.from('v') },
  ],
  pushnames: [{ id: pn(1), pushname: 'one' }],
});

describe('historyPieces', () => {
  it('the mappings are those that Baileys finds', () => {
    const { lidPnMappings } = processHistoryMessage(proto.HistorySync.decode(HISTORY));
    const found = read(HISTORY, 'mappings').flatMap(({ mappings }) => mappings);
    const sorted = (mappings: readonly { lid: string }[]) =>
      [...mappings].sort((left, right) => left.lid.localeCompare(right.lid));
    expect(sorted(found)).toEqual(sorted(lidPnMappings));
    expect(found).toHaveLength(5);
  });

  it('a privacy token is found with its times, under the LID where the chat names it', () => {
    const [piece] = read(HISTORY, 'mappings');
    expect(piece?.tokens).toEqual([
      { jid: lid(8), token: new Uint8Array(Buffer.from('t')), timestamp: 8, senderTimestamp: 9 },
      { jid: lid(9), token: new Uint8Array(Buffer.from('u')), timestamp: 10, senderTimestamp: null },
    ]);
  });

  it('chats without messages, messages and names are returned only when everything is wanted', () => {
    const [bare] = read(HISTORY, 'mappings');
    expect([bare?.chats, bare?.messages, bare?.names]).toEqual([[], [], []]);
    const [piece] = read(HISTORY, 'everything');
    const { conversations } = proto.HistorySync.decode(HISTORY);
    const expected = conversations.map((chat) => proto.Conversation.create({ ...chat, messages: [] }));
    expect(piece?.chats.map((chat) => proto.Conversation.decode(chat))).toEqual(expected);
    expect(piece?.messages.map((bytes) => proto.WebMessageInfo.decode(bytes).key?.remoteJid)).toEqual([
      lid(4),
      lid(5),
      lid(5),
      lid(6),
      '120363@g.us',
    ]);
    expect(piece?.names.map((name) => proto.Pushname.decode(name).pushname)).toEqual(['one']);
  });

  it('no piece exceeds its limits, and nothing is lost between pieces', () => {
    const conversations = Array.from({ length: 1_000 }, (_, index) => ({
      id: pn(index),
      lidJid: lid(index),
      messages: [message(pn(index), false), message('x'.repeat(1_000 + index), false)],
    }));
    const pieces = read(encoded({ conversations }), 'everything');
    for (const { mappings, tokens, chats, messages, names } of pieces) {
      const entries = [mappings, tokens, chats, messages, names].reduce((sum, { length }) => sum + length, 0);
      const bytes = [...chats, ...messages].reduce((sum, { length }) => sum + length, 0);
      expect(entries).toBeLessThanOrEqual(MOST_PIECE_ENTRIES + 1);
      expect(bytes).toBeLessThanOrEqual(MOST_PIECE_BYTES + LARGEST_ENTRY_BYTES);
    }
    const count = (kind: keyof HistoryPiece) => pieces.reduce((sum, piece) => sum + piece[kind].length, 0);
    expect([count('mappings'), count('chats'), count('messages')]).toEqual([1_000, 1_000, 2_000]);
  });

  it('a chat or message that is too large is left out, and the mapping of the chat is kept', () => {
    const long = 'x'.repeat(LARGEST_ENTRY_BYTES);
    const conversations = [
      { id: pn(1), lidJid: lid(1), description: long },
      { id: pn(2), messages: [message(long, false)] },
    ];
    const [piece] = read(encoded({ conversations }), 'everything');
    expect(piece?.mappings).toEqual([{ lid: lid(1), pn: pn(1) }]);
    expect([piece?.chats.length, piece?.messages.length]).toEqual([1, 0]);
  });

  it('addresses longer than any address are left out', () => {
    const phoneNumberToLidMappings = [{ pnJid: pn(1), lidJid: `${'1'.repeat(100)}@lid` }];
    expect(read(encoded({ phoneNumberToLidMappings }), 'mappings')).toEqual([]);
  });

  const repeated = (bytes: readonly number[], count: number): Buffer =>
    Buffer.alloc(bytes.length * count, Buffer.from(bytes));
  /** A chat with this content; its length takes five bytes. */
  const chat = (content: Uint8Array): Buffer => {
    const length = [0, 7, 14, 21, 28].map((shift) => (content.length >>> shift) & 0x7f);
    return Buffer.concat([
      Buffer.from([0x12, ...length.map((part, index) => (index < 4 ? part | 0x80 : part))]),
      content,
    ]);
  };

  it.each([
    ['chats', repeated([0x12, 2, 0x0a, 0], MOST_ENTRIES + 1)],
    ['mappings', repeated([0x7a, 0], MOST_ENTRIES + 1)],
    ['entries of a kind that is not read', repeated([0x5a, 0], MOST_ENTRIES + 1)],
    ['messages in one chat', chat(repeated([0x12, 0], MOST_ENTRIES + 1))],
    ['fields in one chat', chat(repeated([0x30, 0], MOST_FIELDS + 1))],
  ])('too many %s are refused before the first piece', (_what, history) => {
    expect(() => historyPieces(history, 'everything').next()).toThrow('too_many_entries');
  });

  it.each([
    ['a field that is cut off', [0x12, 5, 1]],
    ['a number that is cut off', [0x08, 0x80]],
    ['a number without end', [0x08, ...Array<number>(11).fill(0xff), 1]],
    ['an unknown wire type', [0x0f, 1]],
    ['a chat that is no message', [0x12, 1, 0xff]],
  ])('%s is refused', (_what, bytes) => {
    expect(() => read(Uint8Array.from(bytes), 'mappings')).toThrow(RangeError);
  });
});
