import { SqliteAuthStateStore } from '../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteConfigRepository } from '../../../src/storage/sqlite/stores/sqlite-config.repository.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import type { AuthStateWriter } from '../../../src/whatsapp/ports/auth-state.store.js';
import { holdOf, id } from '../../contract/storage-subject.js';

const KEYS = Array.from({ length: 40 }, (_, key) => String(key));

/** Writes all data of an account in one write. Credentials, every key and the connector contain the number. */
export async function writeGeneration(writer: AuthStateWriter, number: number): Promise<void> {
  const value = Buffer.from(String(number).padStart(200));
  await writer.write({
    credentials: Buffer.from(String(number)),
    keys: KEYS.map((key) => ({ type: 'session', id: key, value })),
    connector: { phone: String(number), linkedAt: new Date() },
    powerSafe: number % 5 === 0,
  });
}

/** Returns the number that all data of `sales` contains. @throws when numbers differ or data is missing */
export async function readGeneration(
  dataDirectory: string,
  encryptionKey: Uint8Array | null = null,
): Promise<number> {
  const database = await SqliteDatabase.open({ dataDirectory, ...(encryptionKey && { encryptionKey }) });
  const store = new SqliteAuthStateStore(database);
  const keys = await (await store.open(holdOf('sales'))).read('session', KEYS);
  const credentials = await store.load(id('sales'));
  const connector = await new SqliteConfigRepository(database).find(id('sales'));
  await database.close();
  const texts = [credentials ?? [], ...keys.values()].map((value) => Buffer.from(value).toString().trim());
  const found = new Set([...texts, connector?.phone]);
  if (keys.size !== KEYS.length || found.size !== 1) {
    throw new Error(`torn: ${keys.size} keys, generations ${[...found].join(', ')}`);
  }
  return Number(texts[0]);
}
