import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BufferJSON, type SignalDataTypeMap } from '@whiskeysockets/baileys';
import { decodeCredentials, decodeKey } from '../../src/baileys/auth-state/auth-state.codec.js';
import { SqliteDatabase } from '../../src/storage/sqlite/database/sqlite-database.js';
import { SqliteAuthStateStore } from '../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { accountId } from '../../src/whatsapp/domain/account-id.js';
import type { LinkedAccounts } from './linked-accounts.js';

/**
 * Writes a folder of `useMultiFileAuthState` for every account, so that the same devices can log in on the other side.
 * It holds the credentials and all keys, but only the newest pre-key: a login reads no other. 811 further files per
 * account would only slow down the other side.
 */
export async function exportMultiFile({ names, folder }: LinkedAccounts, to: string): Promise<void> {
  const database = await SqliteDatabase.open({ dataDirectory: folder });
  try {
    for (const name of names) await exportAccount(database, name, join(to, name));
  } finally {
    await database.close();
  }
}

async function exportAccount(database: SqliteDatabase, name: string, folder: string): Promise<void> {
  const store = new SqliteAuthStateStore(database);
  const id = accountId(name);
  const stored = await store.load(id);
  if (!stored) throw new Error(`${name} is not linked`);
  const credentials = decodeCredentials(stored);
  await mkdir(folder, { recursive: true });
  await writeJson(folder, 'creds', credentials);
  const writer = await store.open({ accountId: id, epoch: 1, lost: new AbortController().signal });
  for (const [type, ids] of keysOf(database, name, String(credentials.nextPreKeyId - 1))) {
    for (const [key, value] of await writer.read(type, ids)) {
      await writeJson(folder, `${type}-${key}`, decodeKey(type, value));
    }
  }
  await writer.close('drain');
}

/** Returns the ids of each type, read from the tables: the port cannot list keys. The store must not be in use. */
function keysOf(
  database: SqliteDatabase,
  name: string,
  preKey: string,
): Map<keyof SignalDataTypeMap, string[]> {
  const account = database.get('SELECT number FROM account WHERE id = ?', [name]);
  const rows = database.all(
    `SELECT type, id FROM auth_state_${String(account?.['number'])}
     WHERE part = 2 AND (type <> 'pre-key' OR id = ?)`,
    [preKey],
  ) as unknown as { readonly type: keyof SignalDataTypeMap; readonly id: string }[];
  const keys = new Map<keyof SignalDataTypeMap, string[]>();
  for (const { type, id } of rows) keys.set(type, [...(keys.get(type) ?? []), id]);
  return keys;
}

async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  const file = `${name.replaceAll('/', '__').replaceAll(':', '-')}.json`;
  await writeFile(join(folder, file), JSON.stringify(value, BufferJSON.replacer));
}
