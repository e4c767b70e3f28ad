import {
  decodeBinaryNode,
  encodeBinaryNode,
  type BinaryNode,
} from '@whiskeysockets/baileys/lib/WABinary/index.js';

/** A node of WhatsApp's binary XML. Only this file calls Baileys' codec. */
export type Stanza = BinaryNode;

export const SERVER = 's.whatsapp.net';
/** The sender of stanzas that the server sends on its own. Baileys rc14 compares this string exactly. */
export const SERVER_JID = `@${SERVER}`;

export function encodeStanza(stanza: Stanza): Buffer {
  return encodeBinaryNode(stanza);
}

export function decodeStanza(bytes: Buffer): Promise<Stanza> {
  return decodeBinaryNode(bytes);
}

export function element(tag: string, attrs: Stanza['attrs'] = {}, content?: Stanza['content']): Stanza {
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

export function children(stanza: Stanza | undefined, tag?: string): Stanza[] {
  if (!Array.isArray(stanza?.content)) return [];
  return tag === undefined ? stanza.content : stanza.content.filter((child) => child.tag === tag);
}

export function child(stanza: Stanza | undefined, tag: string): Stanza | undefined {
  return children(stanza, tag)[0];
}

export function bytesOf(stanza: Stanza | undefined): Buffer {
  const content = stanza?.content;
  if (content instanceof Uint8Array) return Buffer.from(content);
  return typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.alloc(0);
}

/** The time as it is in the attribute `t` of stanzas: seconds since 1970. */
export function unixTime(): string {
  return String(Math.floor(Date.now() / 1000));
}

/** Returns a copy that does not keep the decoded frame in memory. Used for stanzas that wait in a queue. */
export function copyStanza({ tag, attrs, content }: Stanza): Stanza {
  if (content instanceof Uint8Array) return element(tag, attrs, new Uint8Array(content));
  return element(tag, attrs, Array.isArray(content) ? content.map(copyStanza) : content);
}

/** Returns the content as a big-endian number; NaN when it is empty or longer than 6 bytes. */
export function numberOf(stanza: Stanza | undefined): number {
  const bytes = bytesOf(stanza);
  return bytes.length === 0 || bytes.length > 6 ? NaN : bytes.readUIntBE(0, bytes.length);
}

export function bigEndian(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return bytes;
}

export function iqResult(request: Stanza, content?: Stanza[]): Stanza {
  return element('iq', { from: SERVER_JID, type: 'result', id: request.attrs['id'] ?? '' }, content);
}

export function iqError(request: Stanza, code: number, text: string): Stanza {
  return element('iq', { from: SERVER_JID, type: 'error', id: request.attrs['id'] ?? '' }, [
    element('error', { code: String(code), text }),
  ]);
}
