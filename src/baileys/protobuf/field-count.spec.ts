import { describe, expect, it } from '@jest/globals';
import { proto } from '@whiskeysockets/baileys';
import { randomBytes } from 'node:crypto';
import { hasMoreFields } from './field-count.js';

const repeated = (bytes: readonly number[], count: number): Buffer =>
  Buffer.alloc(bytes.length * count, Buffer.from(bytes));
const encoded = (message: object): Uint8Array =>
  proto.Message.encode(proto.Message.fromObject(message)).finish();

/** Whether the message has exactly this number of fields. */
const has = (message: Uint8Array, fields: number): boolean =>
  hasMoreFields(message, fields - 1) && !hasMoreFields(message, fields);

describe('hasMoreFields', () => {
  it('fields of every type are counted, in nested messages, too', () => {
    expect(hasMoreFields(new Uint8Array(0), 0)).toBe(false);
    expect(has(Uint8Array.from([8, 1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 13, 0, 0, 0, 0, 10, 0]), 4)).toBe(true);
    expect(
      has(encoded({ extendedTextMessage: { text: 't', contextInfo: { mentionedJid: ['', ''] } } }), 5),
    ).toBe(true);
    expect(hasMoreFields(repeated([0x12, 0], 50_001), 50_000)).toBe(true);
    expect(hasMoreFields(encoded({ contactsArrayMessage: { contacts: Array(600).fill({}) } }), 600)).toBe(
      true,
    );
  });

  it('a message that ends in the middle of a field is counted up to there', () => {
    expect(has(Uint8Array.from([8, 1, 0x12, 5, 1]), 2)).toBe(true);
    expect(has(Uint8Array.from([0x0f, 1, 8, 1]), 1)).toBe(true);
  });

  it.each(['0', 'h', 'a', '你', '😀'])(
    'the longest text of "%s" has no more fields than a message may have',
    (character) => {
      expect(hasMoreFields(encoded({ conversation: character.repeat(65_536) }), 50_000)).toBe(false);
    },
  );

  it('compressed contents have few fields', () => {
    const initialHistBootstrapInlinePayload = randomBytes(500_000);
    const message = encoded({
      protocolMessage: { historySyncNotification: { initialHistBootstrapInlinePayload } },
    });
    expect(hasMoreFields(message, 1_000)).toBe(false);
  });

  it('messages within messages are counted without recursion', () => {
    let nested: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 20_000; depth += 1) {
      const length = [(nested.length % 128) | 128, ((nested.length >>> 7) % 128) | 128, nested.length >>> 14];
      nested = Buffer.concat([Buffer.from([0x0a, ...length]), nested]);
    }
    expect(has(nested, 20_000)).toBe(true);
  });
});
