import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';

/** Of a value so much is looked for: enough to tell it from chance. */
const NEEDLE_BYTES = 16;

/** The public identity key of the device in a code: it stands next to the private one in its credentials. */
export function identityKeyOf(code: string): Buffer {
  return Buffer.from((code.split('#')[1] ?? '').split(',')[2] ?? '', 'base64');
}

/** Every byte that stands in the store's files; its socket has none. */
export async function storeBytes(dataDir: string): Promise<Buffer> {
  const names = await filesIn(dataDir);
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(dataDir, name)))));
}

/** What the store's files hold once they are decrypted: every page, also those that are free. The service must be stopped. */
export async function storePages(dataDirectory: string, encryptionKey: Uint8Array): Promise<Buffer> {
  const database = await SqliteDatabase.open({ dataDirectory, encryptionKey });
  const pages = database.all('SELECT data FROM sqlite_dbpage ORDER BY pgno');
  await database.close();
  return Buffer.concat(pages.map(({ data }) => Buffer.from(data as Uint8Array)));
}

/**
 * The end of every value in the store, by where it stands. Read from a copy of the files, so that the service may run, as
 * long as it is at rest.
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

/** The names of those that stand in the bytes. */
export function foundIn(bytes: Buffer, wanted: ReadonlyMap<string, Buffer>): string[] {
  return [...wanted].filter(([, value]) => bytes.includes(value)).map(([name]) => name);
}

/** Overwrites these bytes with zeros wherever they stand in the files of a store that nobody has open. @returns how often */
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
