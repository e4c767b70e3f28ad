import { deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { encodeBinaryNode, type BinaryNode } from '@whiskeysockets/baileys';
import { StanzaTooLarge } from '../baileys.errors.js';
import { assertStanzaSize } from './stanza-size.js';

const LIST_8 = 248;
const LIST_16 = 249;
const JID_PAIR = 250;
const INTEROP_JID = 245;
const TOKEN = 5;

function element(tag: string, content?: BinaryNode['content'], attrs: BinaryNode['attrs'] = {}): BinaryNode {
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

function list(length: number): BinaryNode {
  return element(
    'iq',
    Array.from({ length }, (_, index) =>
      element('participant', Buffer.from([1, 2, 3]), {
        jid: `${4915100000000 + index}:7@s.whatsapp.net`,
        lid: `${index}@lid`,
        type: 'admin',
      }),
    ),
    { from: '1234-5678@g.us', id: 'ABC.1-2', t: '1764547200' },
  );
}

function compressed(encoded: Buffer): Buffer {
  return Buffer.concat([Buffer.of(2), deflateSync(encoded.subarray(1))]);
}

describe('assertStanzaSize', () => {
  it.each([0, 1, 255, 256, 5_000, 14_000])('a stanza with %d participants is accepted', (length) => {
    const encoded = encodeBinaryNode(list(length));
    expect(() => {
      assertStanzaSize(encoded);
      assertStanzaSize(compressed(encoded));
    }).not.toThrow();
  });

  it('a stanza with 20,001 nodes is refused, and one with 20,000 is not', () => {
    const nodes = (children: number): Buffer =>
      encodeBinaryNode(
        element(
          'iq',
          Array.from({ length: children }, () => element('item')),
        ),
      );
    expect(() => {
      assertStanzaSize(nodes(19_999));
    }).not.toThrow();
    expect(() => {
      assertStanzaSize(nodes(20_000));
    }).toThrow(new StanzaTooLarge('more than 20000 nodes'));
    expect(() => {
      assertStanzaSize(compressed(nodes(20_000)));
    }).toThrow(new StanzaTooLarge('more than 20000 nodes'));
  });

  it('nodes are counted across nested lists', () => {
    const group = element(
      'group',
      Array.from({ length: 200 }, () => element('item')),
    );
    expect(() => {
      assertStanzaSize(
        encodeBinaryNode(
          element(
            'iq',
            Array.from({ length: 100 }, () => group),
          ),
        ),
      );
    }).toThrow(new StanzaTooLarge('more than 20000 nodes'));
  });

  it('a small compressed frame that inflates to more than 1 MiB is refused', () => {
    const frame = compressed(Buffer.alloc(50 * 2 ** 20));
    expect(frame.length).toBeLessThan(60_000);
    expect(() => {
      assertStanzaSize(frame);
    }).toThrow(new StanzaTooLarge('more than 1048576 bytes, inflated'));
  });

  it('a stanza that is nested 1,000 levels deep is refused', () => {
    const frame = Buffer.from([
      0,
      ...Array.from({ length: 1_000 }, () => [LIST_8, 2, TOKEN, LIST_8, 1]).flat(),
    ]);
    expect(() => {
      assertStanzaSize(frame);
    }).toThrow(StanzaTooLarge);
  });

  it.each([JID_PAIR, INTEROP_JID])(
    'an address inside an address inside an address … is refused (tag %d)',
    (tag) => {
      const frame = Buffer.concat([Buffer.from([0, LIST_8, 3, TOKEN]), Buffer.alloc(2 ** 19, tag)]);
      expect(() => {
        assertStanzaSize(frame);
      }).toThrow(StanzaTooLarge);
    },
  );

  it.each([256, 32_767])('a node with %d attributes is refused', (attributes) => {
    const size = 2 * attributes + 1;
    const node = Buffer.concat([Buffer.from([LIST_16, size >> 8, size & 255]), Buffer.alloc(size, TOKEN)]);
    expect(() => {
      assertStanzaSize(Buffer.concat([Buffer.from([0, LIST_8, 2, TOKEN, LIST_8, 1]), node]));
    }).toThrow(new StanzaTooLarge('more than 255 attributes'));
  });

  it.each([
    [[]],
    [[0]],
    [[0, LIST_8]],
    [[0, LIST_8, 0]],
    [[0, 0xff]],
    [[2, 1, 2, 3]],
    [[0, LIST_8, 2, TOKEN, 252, 9]],
  ])('bytes that are no stanza are left to Baileys (%j)', (bytes) => {
    expect(() => {
      assertStanzaSize(Buffer.from(bytes));
    }).not.toThrow();
  });
});
