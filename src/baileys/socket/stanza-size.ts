import { inflateSync } from 'node:zlib';
import { StanzaTooLarge } from '../baileys.errors.js';

/** The largest stanza of the server, inflated. A list of 1,000 participants has about 50 KiB. */
export const MOST_STANZA_BYTES = 2 ** 20;
export const MOST_NODES = 20_000;
/** Tags, attributes and contents: eight for each node, as a list of participants has. */
const MOST_TEXTS = 8 * MOST_NODES;
/** Of one node. Each costs Baileys three events, when the stanza has it, and a property with a name of its own. */
const MOST_ATTRIBUTES = 255;
/** A JID contains texts. Real ones contain plain texts only, so that deeper ones are no stanza of WhatsApp. */
const DEEPEST_TEXT = 3;
const DEEPEST_NODE = 100;

const COMPRESSED = 2;

/** Tags of WhatsApp's binary XML (Baileys `WABinary/constants.js`). */
const TAG = {
  listEmpty: 0,
  dictionary0: 236,
  dictionary3: 239,
  interopJid: 245,
  fbJid: 246,
  adJid: 247,
  list8: 248,
  list16: 249,
  jidPair: 250,
  hex8: 251,
  binary8: 252,
  binary20: 253,
  binary32: 254,
  nibble8: 255,
} as const;

/** The bytes are no stanza. Baileys finds the same fault at the same place, and reports it. */
class Undecodable extends Error {}

/**
 * Checks the size of a stanza before Baileys decodes it: bytes, nodes, texts and depth, without building objects.
 * @param plaintext a decrypted frame: a byte of flags, then the stanza, which can be compressed
 * @throws StanzaTooLarge
 */
export function assertStanzaSize(plaintext: Buffer): void {
  const stanza = inflated(plaintext);
  if (!stanza) return;
  if (stanza.length > MOST_STANZA_BYTES) throw new StanzaTooLarge(`more than ${MOST_STANZA_BYTES} bytes`);
  try {
    new StanzaCounter(stanza).count();
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
  }
}

/** @returns null when the bytes cannot be inflated */
function inflated(plaintext: Buffer): Buffer | null {
  const body = plaintext.subarray(1);
  if (((plaintext[0] ?? 0) & COMPRESSED) === 0) return body;
  try {
    return inflateSync(body, { maxOutputLength: MOST_STANZA_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return null;
    throw new StanzaTooLarge(`more than ${MOST_STANZA_BYTES} bytes, inflated`);
  }
}

/** Follows the bytes as Baileys' `decodeDecompressedBinaryNode` does. */
class StanzaCounter {
  private index = 0;
  private nodes = 0;
  private texts = 0;

  constructor(private readonly bytes: Buffer) {}

  count(): void {
    // For each open list, the number of its nodes that are still to come.
    const open: number[] = [1];
    while (open.length > 0) {
      const last = open.length - 1;
      const left = open[last] ?? 0;
      if (left === 0) {
        open.pop();
        continue;
      }
      open[last] = left - 1;
      const children = this.node();
      if (children > 0) open.push(children);
      if (open.length > DEEPEST_NODE) throw new StanzaTooLarge(`deeper than ${DEEPEST_NODE} nodes`);
    }
  }

  /** @returns the number of its children */
  private node(): number {
    this.nodes += 1;
    if (this.nodes > MOST_NODES) throw new StanzaTooLarge(`more than ${MOST_NODES} nodes`);
    const size = this.listSize(this.byte());
    if (size === 0) throw new Undecodable();
    const attributes = (size - 1) >> 1;
    if (attributes > MOST_ATTRIBUTES) throw new StanzaTooLarge(`more than ${MOST_ATTRIBUTES} attributes`);
    const texts = 1 + 2 * attributes;
    for (let text = 0; text < texts; text += 1) this.text(this.byte());
    if (size % 2 !== 0) return 0;
    const tag = this.byte();
    if (tag === TAG.listEmpty || tag === TAG.list8 || tag === TAG.list16) return this.listSize(tag);
    this.text(tag);
    return 0;
  }

  private listSize(tag: number): number {
    if (tag === TAG.listEmpty) return 0;
    if (tag === TAG.list8) return this.byte();
    if (tag === TAG.list16) return this.number(2);
    throw new Undecodable();
  }

  /** Skips one text. Calls itself for the texts inside a JID, to a fixed depth. */
  private text(tag: number, depth = 0): void {
    if (depth === 0) this.texts += 1;
    if (this.texts > MOST_TEXTS) throw new StanzaTooLarge(`more than ${MOST_TEXTS} texts`);
    if (depth > DEEPEST_TEXT) throw new StanzaTooLarge('nested addresses');
    if (tag < TAG.dictionary0) return;
    if (tag <= TAG.dictionary3) {
      this.skip(1);
      return;
    }
    switch (tag) {
      case TAG.binary8:
        this.skip(this.byte());
        break;
      case TAG.binary20:
        this.skip(this.number(3) & 0xfffff);
        break;
      case TAG.binary32:
        this.skip(this.number(4));
        break;
      case TAG.hex8:
      case TAG.nibble8:
        this.skip(this.byte() & 127);
        break;
      case TAG.jidPair:
        this.text(this.byte(), depth + 1);
        this.text(this.byte(), depth + 1);
        break;
      case TAG.adJid:
        this.skip(2);
        this.text(this.byte(), depth + 1);
        break;
      case TAG.fbJid:
        this.text(this.byte(), depth + 1);
        this.skip(2);
        this.text(this.byte(), depth + 1);
        break;
      case TAG.interopJid:
        this.text(this.byte(), depth + 1);
        this.skip(4);
        this.serverOfInteropJid(depth);
        break;
      default:
        throw new Undecodable();
    }
  }

  /** The server can be missing. Baileys then goes back to the byte where it would be. */
  private serverOfInteropJid(depth: number): void {
    const { index } = this;
    try {
      this.text(this.byte(), depth + 1);
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error;
      this.index = index;
    }
  }

  private byte(): number {
    return this.number(1);
  }

  private number(length: number): number {
    this.skip(length);
    return this.bytes.readUIntBE(this.index - length, length);
  }

  private skip(length: number): void {
    this.index += length;
    if (this.index > this.bytes.length) throw new Undecodable();
  }
}
