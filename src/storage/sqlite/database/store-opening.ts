import { setTimeout as delay } from 'node:timers/promises';
import { StorageFailed } from '../../../whatsapp/domain/errors.js';
import { headOf, STORE_FILE_NAME } from './data-directory.js';
import {
  sqliteCode,
  StoreKeyMissing,
  StoreKeyWrong,
  StoreNotEncrypted,
  StoreNotOpened,
  StoreTooNew,
  StoreUnreadable,
} from './sqlite-database.errors.js';
import { SqliteConnection } from './sqlite-connection.js';
import { APPLICATION_ID, SCHEMA_VERSION } from './sqlite-schema.js';
import { locationAsItStands, unlock } from './store-key.js';
import { causeMessage, causeOf } from '../../../whatsapp/domain/cause-of.js';

const LOCK_RETRY_MS = 25;
const LOOKS = 3;

/** How the file of a database begins that is not encrypted. */
const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
/** Of an encrypted one only the bytes from 16 to 23 can be read; the last three of them are the same in every SQLite file. */
const PLAIN_BYTES_AT = 21;
const PLAIN_BYTES = Buffer.from([0x40, 0x20, 0x20]);

/**
 * Checks the key on the file as it is, before anything else. SQLite writes the log of a killed process into the file before
 * it finds that it can read neither, and the right key would no longer open the store.
 * @throws StorageFailed when the key is wrong
 */
export async function requireKey(file: string, key: Uint8Array | null): Promise<void> {
  for (let looks = 1; ; looks++) {
    try {
      readFirstPage(file, key);
      return;
    } catch (error) {
      // The opening itself meets every other error, with the log and the lock.
      if (!sqliteCode(error).startsWith('SQLITE_NOTADB')) return;
      // The process that has the store may be writing that page.
      if (looks === LOOKS) throw error;
    }
    await delay(LOCK_RETRY_MS);
  }
}

function readFirstPage(file: string, key: Uint8Array | null): void {
  const connection = new SqliteConnection(locationAsItStands(file));
  try {
    unlock(connection, key);
    connection.get('PRAGMA schema_version');
  } finally {
    connection.release();
  }
}

/**
 * Takes the store for this process alone. A connection that could not have it is of no more use: it keeps the lock that it
 * has read with, and two that waited in turn would keep the store from each other for good.
 * @returns false when another process has it
 */
export function lock(connection: SqliteConnection): boolean {
  try {
    connection.script('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    return true;
  } catch (error) {
    if (sqliteCode(error).startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}

/** Not the same time for all who wait. */
export async function untilLockIsWorthATry(): Promise<void> {
  await delay(LOCK_RETRY_MS * (1 + Math.random()));
}

/** 0 for a file that is still empty. @throws StoreUnreadable · StoreTooNew */
export function versionOf(connection: SqliteConnection, dataDirectory: string): number {
  const application = connection.get('PRAGMA application_id')?.['application_id'];
  const version = Number(connection.get('PRAGMA user_version')?.['user_version']);
  const tables = connection.get('SELECT count(*) AS count FROM sqlite_master')?.['count'];
  if (application === 0 && version === 0 && tables === 0) return 0;
  if (application !== APPLICATION_ID) throw new StoreUnreadable(dataDirectory, STORE_FILE_NAME);
  if (version > SCHEMA_VERSION) throw new StoreTooNew(dataDirectory, version, SCHEMA_VERSION);
  return version;
}

export function configure(connection: SqliteConnection): void {
  // Any other journal would keep old pages in its file, erased accounts among them.
  const mode = connection.get('PRAGMA journal_mode = WAL')?.['journal_mode'];
  if (mode !== 'wal')
    throw new StorageFailed({ cause: new Error(`the journal stays in mode ${String(mode)}`) });
  // temp_store: what a statement needs beside the store must not reach a temporary file.
  connection.script('PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON');
}

/** What whoever starts the process can act on. Call it when the database is closed: it opens the file. */
export function notOpened(
  error: unknown,
  dataDirectory: string,
  file: string,
  key: Uint8Array | null,
): StoreNotOpened {
  if (error instanceof StoreNotOpened) return error;
  const cause = causeOf(error);
  const code = sqliteCode(cause);
  if (code.startsWith('SQLITE_NOTADB')) return withWrongKey(dataDirectory, file, key, cause);
  if (code.startsWith('SQLITE_CORRUPT'))
    return new StoreUnreadable(dataDirectory, STORE_FILE_NAME, { cause });
  const said = causeMessage(error);
  const readOnly = /^SQLITE_(READONLY|CANTOPEN)/.test(code);
  const problem = readOnly ? `nothing can be written there (${said}).` : said;
  return new StoreNotOpened(dataDirectory, problem, { cause });
}

function withWrongKey(
  dataDirectory: string,
  file: string,
  key: Uint8Array | null,
  cause: unknown,
): StoreNotOpened {
  const head = headOf(file);
  if (head?.subarray(0, MAGIC.length).equals(MAGIC)) {
    if (key) return new StoreNotEncrypted(dataDirectory, { cause });
  } else if (head?.subarray(PLAIN_BYTES_AT).equals(PLAIN_BYTES)) {
    return key ? new StoreKeyWrong(dataDirectory, { cause }) : new StoreKeyMissing(dataDirectory, { cause });
  }
  return new StoreUnreadable(dataDirectory, STORE_FILE_NAME, { cause });
}
