import { isAnyArrayBuffer, isUint8Array } from 'node:util/types';
import { decodeKey } from '../../../src/baileys/auth-state/auth-state.codec.js';
import { unpack } from '../../../src/baileys/auth-state/packed.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';

/** Minimum lengths of secrets. Shorter values are words and counts. */
const SHORTEST_TEXT = 11;
const SHORTEST_BYTES = 16;
/** Length of the checksum in front of the stored credentials of an account. */
const CHECKSUM_BYTES = 32;

/** Returns the usual text forms of bytes. */
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

/** Secrets that a test knows, to be searched in texts. */
export class KnownSecrets {
  readonly #texts = new Map<string, string>();

  get size(): number {
    return this.#texts.size;
  }

  /** @param what description of the secret for the failure message of a test */
  add(what: string, ...texts: readonly string[]): void {
    for (const text of texts) this.#texts.set(text, what);
  }

  /** Adds a phone code, with and without its dash. */
  addPhoneCode(code: string): void {
    this.add('a phone code', code, code.replace('-', ''));
  }

  /** Adds a key (`wak_<id>_<secret>`) as a whole and its secret part. The id is public. */
  addKey(what: string, key: string): void {
    this.add(what, key, key.split('_').slice(2).join('_'));
  }

  /** Adds the text of a QR code, and every key and reference in it. */
  addQr(text: string): void {
    const parts = (text.split('#')[1] ?? text).split(',').filter((part) => part.length >= SHORTEST_TEXT);
    this.add('a QR code', text, ...parts);
    this.addAll(
      'a key of a QR code',
      parts.map((part) => Buffer.from(part, 'base64')),
    );
  }

  /** Adds all texts and bytes in a value, at any depth. */
  addAll(what: string, value: unknown): void {
    if (isUint8Array(value)) {
      if (value.length >= SHORTEST_BYTES) this.add(what, ...spellings(value));
    } else if (typeof value === 'string') {
      if (value.length >= SHORTEST_TEXT) this.add(what, value);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) this.addAll(`${what}: ${name}`, member);
    }
  }

  /** Adds all stored values of accounts, and the hashes of keys and links. The service must be stopped. */
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
    // `all` of libsql returns an ArrayBuffer for a BLOB.
    if (!isAnyArrayBuffer(value)) return;
    const bytes = Buffer.from(value);
    if (part === 0) this.addAll('the credentials', unpack(bytes.subarray(CHECKSUM_BYTES)));
    else if (type === 'sent-message') this.addAll('a sent message', new Uint8Array(bytes));
    else if (part === 2) this.addAll(`a ${String(type)}`, decodeKey(String(type) as 'session', bytes));
  }

  /** Returns the description of each secret that the text contains, with its line. */
  foundIn(text: string): string[] {
    const lines = text.split('\n');
    return [...this.#texts]
      .filter(([secret]) => text.includes(secret))
      .map(([secret, what]) => `${what}: ${lines.find((line) => line.includes(secret)) ?? secret}`);
  }
}
