import { isAnyArrayBuffer, isUint8Array } from 'node:util/types';
import { decodeKey } from '../../../src/baileys/auth-state/auth-state.codec.js';
import { unpack } from '../../../src/baileys/auth-state/packed.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';

/** Shorter ones are words and counts. */
const SHORTEST_TEXT = 11;
const SHORTEST_BYTES = 16;
/** Leads the credentials of an account in the store. */
const CHECKSUM_BYTES = 32;

/** Every way in which bytes are usually written. */
function spellings(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes);
  const hex = buffer.toString('hex');
  return [
    buffer.toString('base64').replace(/=+$/, ''),
    buffer.toString('base64url'),
    hex,
    hex.toUpperCase(),
    hex.replace(/..(?!$)/g, '$& '),
    buffer.join(','),
    buffer.join(', '),
  ];
}

/** Secrets that a test knows, and in which places of a text they stand. */
export class KnownSecrets {
  readonly #texts = new Map<string, string>();

  get size(): number {
    return this.#texts.size;
  }

  /** @param what what a test that finds it says */
  add(what: string, ...texts: readonly string[]): void {
    for (const text of texts) this.#texts.set(text, what);
  }

  /** A code for a phone, with and without its dash. */
  addPhoneCode(code: string): void {
    this.add('a code for a phone', code, code.replace('-', ''));
  }

  /** `wak_<id>_<secret>`: whole, and without the id, which may be seen. */
  addKey(what: string, key: string): void {
    this.add(what, key, key.split('_').slice(2).join('_'));
  }

  /** The text of a QR code, and every key and reference in it. */
  addQr(text: string): void {
    const parts = (text.split('#')[1] ?? text).split(',').filter((part) => part.length >= SHORTEST_TEXT);
    this.add('a QR code', text, ...parts);
    this.addAll(
      'a key of a QR code',
      parts.map((part) => Buffer.from(part, 'base64')),
    );
  }

  /** All texts and bytes that stand in a value, however deep. */
  addAll(what: string, value: unknown): void {
    if (isUint8Array(value)) {
      if (value.length >= SHORTEST_BYTES) this.add(what, ...spellings(value));
    } else if (typeof value === 'string') {
      if (value.length >= SHORTEST_TEXT) this.add(what, value);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) this.addAll(`${what}: ${name}`, member);
    }
  }

  /** Everything that is stored of accounts, and the hashes of keys and links. The service has to be stopped. */
  async addStore(dataDirectory: string, encryptionKey: Uint8Array): Promise<void> {
    const database = await SqliteDatabase.open({ dataDirectory, encryptionKey });
    try {
      const tables = database.all(`SELECT name FROM sqlite_master WHERE type = 'table'`);
      for (const { name } of tables) {
        for (const row of database.all(`SELECT * FROM "${String(name)}"`)) this.addRow(String(name), row);
      }
    } finally {
      await database.close();
    }
  }

  private addRow(table: string, row: Readonly<Record<string, unknown>>): void {
    const { part, type, value, hash } = row;
    if (typeof hash === 'string') this.add(`${table}: a hash`, hash, ...hash.split('.').slice(1));
    // What `all` of libsql gives for a BLOB is a bare ArrayBuffer.
    if (!isAnyArrayBuffer(value)) return;
    const bytes = Buffer.from(value);
    if (part === 0) this.addAll('the credentials', unpack(bytes.subarray(CHECKSUM_BYTES)));
    else if (part === 2) this.addAll(`a ${String(type)}`, decodeKey(String(type) as 'session', bytes));
  }

  /** What stands in the text: what it is, with the line that it stands in. */
  foundIn(text: string): string[] {
    const lines = text.split('\n');
    return [...this.#texts]
      .filter(([secret]) => text.includes(secret))
      .map(([secret, what]) => `${what}: ${lines.find((line) => line.includes(secret)) ?? secret}`);
  }
}
