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
import { readOnlyLocation, unlock } from './store-key.js';
import { causeMessage, causeOf } from '../../../whatsapp/domain/cause-of.js';

const LOCK_RETRY_MS = 25;
const MAX_READS = 3;

/** The first bytes of a database that is not encrypted. */
const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
/** In an encrypted file only bytes 16 to 23 are plain. The last three of them are the same in every SQLite file. */
const PLAIN_BYTES_AT = 21;
const PLAIN_BYTES = Buffer.from([0x40, 0x20, 0x20]);

/**
 * Checks the key on the unchanged file, before any other access. With a wrong key, SQLite would write the log of a
 * killed process into the file before it notices that it can read neither. Then the right key would no longer open the
 * store.
 * @throws StorageFailed when the key is wrong
 */
export async function requireKey(file: string, key: Uint8Array | null): Promise<void> {
  for (let reads = 1; ; reads++) {
    try {
      readFirstPage(file, key);
      return;
    } catch (error) {
      // The opening itself reports every other error, with the log and the lock.
      if (!sqliteCode(error).startsWith('SQLITE_NOTADB')) return;
      // The process that has the store open may be writing this page.
      if (reads === MAX_READS) throw error;
    }
    await delay(LOCK_RETRY_MS);
  }
}

function readFirstPage(file: string, key: Uint8Array | null): void {
  const connection = new SqliteConnection(readOnlyLocation(file));
  try {
    unlock(connection, key);
    connection.get('PRAGMA schema_version');
  } finally {
    connection.release();
  }
}

/**
 * Locks the store for this process alone. Release a connection that did not get the lock: it keeps its read lock, and
 * two waiting processes would block each other forever.
 * @returns false when another process has the lock
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

/** Waits before the next try. The time is random, so that processes that wait do not try at the same time. */
export async function waitForNextTry(): Promise<void> {
  await delay(LOCK_RETRY_MS * (1 + Math.random()));
}

/** Returns the version of the store's schema; 0 for an empty file. @throws StoreUnreadable · StoreTooNew */
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
  // Any other journal would keep old pages in its file, also those of erased accounts.
  const mode = connection.get('PRAGMA journal_mode = WAL')?.['journal_mode'];
  if (mode !== 'wal')
    throw new StorageFailed({ cause: new Error(`the journal stays in mode ${String(mode)}`) });
  // temp_store: temporary data of a statement must not reach a file.
  connection.script('PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON');
}

/**
 * Returns an error that the operator can act on. Call it only while this process has the database closed: it opens the
 * file.
 */
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
  const message = causeMessage(error);
  const isReadOnly = /^SQLITE_(READONLY|CANTOPEN)/.test(code);
  const problem = isReadOnly ? `nothing can be written there (${message}).` : message;
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
