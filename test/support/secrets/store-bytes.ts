import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';

/** Length of the searched part of a value, which cannot occur by chance. */
const NEEDLE_BYTES = 16;

/** Returns the device's public identity key of a code. The credentials contain it next to the private key. */
export function identityKeyOf(code: string): Buffer {
  return Buffer.from((code.split('#')[1] ?? '').split(',')[2] ?? '', 'base64');
}

/** Returns the bytes of all files of the store, without its socket. */
export async function storeBytes(dataDir: string): Promise<Buffer> {
  const names = await filesIn(dataDir);
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(dataDir, name)))));
}

/** Returns all decrypted pages of the store, with free ones. The service must be stopped. */
export async function storePages(dataDirectory: string, encryptionKey: Uint8Array): Promise<Buffer> {
  const database = await SqliteDatabase.open({ dataDirectory, encryptionKey });
  const pages = database.all('SELECT data FROM sqlite_dbpage ORDER BY pgno');
  await database.close();
  return Buffer.concat(pages.map(({ data }) => Buffer.from(data as Uint8Array)));
}

/**
 * Returns the last bytes of every value in the store, by table, row and column. Reads a copy of the files, so the
 * service may run, but must not write meanwhile.
 */
export async function storedValues(
  dataDir: string,
  encryptionKey?: Uint8Array,
): Promise<Map<string, Buffer>> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'whatsapp-copy-'));
  for (const name of await filesIn(dataDir)) await copyFile(join(dataDir, name), join(dataDirectory, name));
  const database = await SqliteDatabase.open({ dataDirectory, ...(encryptionKey && { encryptionKey }) });
  const values = new Map<string, Buffer>();
  for (const { name: table } of database.all("SELECT name FROM sqlite_master WHERE type = 'table'")) {
    for (const [row, columns] of database.all(`SELECT * FROM "${String(table)}"`).entries()) {
      for (const [column, value] of Object.entries(columns)) {
        if (typeof value === 'number' || value === null) continue;
        const bytes = Buffer.from(value as string);
        if (bytes.length >= NEEDLE_BYTES)
          values.set(`${String(table)} ${row} ${column}`, bytes.subarray(-NEEDLE_BYTES));
      }
    }
  }
  await database.close();
  await rm(dataDirectory, { recursive: true });
  return values;
}

/** Returns the names of the values that the bytes contain. */
export function foundIn(bytes: Buffer, wanted: ReadonlyMap<string, Buffer>): string[] {
  return [...wanted].filter(([, value]) => bytes.includes(value)).map(([name]) => name);
}

/** Overwrites these bytes with zeros in the files of a closed store. @returns the number of occurrences */
export async function eraseBytes(dataDir: string, wanted: Buffer): Promise<number> {
  let found = 0;
  for (const name of await filesIn(dataDir)) {
    const bytes = await readFile(join(dataDir, name));
    for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at)) {
      bytes.fill(0, at, at + wanted.length);
      found += 1;
    }
    await writeFile(join(dataDir, name), bytes);
  }
  return found;
}

async function filesIn(dataDir: string): Promise<string[]> {
  return (await readdir(dataDir)).filter((name) => name !== 'store.sock');
}
