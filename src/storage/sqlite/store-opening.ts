import { setTimeout as delay } from 'node:timers/promises';
import { StorageFailed } from '../../whatsapp/domain/errors.js';
import { STORE_FILE_NAME } from './data-directory.js';
import { sqliteCode, StoreInUse, StoreTooNew, StoreUnreadable } from './sqlite-database.errors.js';
import { APPLICATION_ID, SCHEMA_VERSION } from './sqlite-schema.js';
import type { SqlRow } from './sqlite-statement.js';

const LOCK_RETRY_MS = 25;

/** As much of a database as its opening takes. */
export interface Connection {
  script(sql: string): void;
  get(sql: string): SqlRow | undefined;
}

/** Takes the store for this process alone. @throws StoreInUse when another one does not let go of it in time */
export async function lock(connection: Connection, dataDirectory: string, waitMs: number): Promise<void> {
  const giveUpAt = performance.now() + waitMs;
  connection.script('PRAGMA locking_mode = EXCLUSIVE');
  for (;;) {
    try {
      connection.script('BEGIN EXCLUSIVE; COMMIT');
      return;
    } catch (error) {
      if (!sqliteCode(error).startsWith('SQLITE_BUSY')) throw error;
      if (performance.now() >= giveUpAt) throw new StoreInUse(dataDirectory, waitMs);
    }
    await delay(LOCK_RETRY_MS * (1 + Math.random()));
  }
}

/** 0 for a file that is still empty. @throws StoreUnreadable · StoreTooNew */
export function versionOf(connection: Connection, dataDirectory: string): number {
  const application = connection.get('PRAGMA application_id')?.['application_id'];
  const version = Number(connection.get('PRAGMA user_version')?.['user_version']);
  const tables = connection.get('SELECT count(*) AS count FROM sqlite_master')?.['count'];
  if (application === 0 && version === 0 && tables === 0) return 0;
  if (application !== APPLICATION_ID) throw new StoreUnreadable(dataDirectory, STORE_FILE_NAME);
  if (version > SCHEMA_VERSION) throw new StoreTooNew(dataDirectory, version, SCHEMA_VERSION);
  return version;
}

export function configure(connection: Connection): void {
  // Any other journal would keep old pages in its file, erased accounts among them.
  const mode = connection.get('PRAGMA journal_mode = WAL')?.['journal_mode'];
  if (mode !== 'wal')
    throw new StorageFailed({ cause: new Error(`the journal stays in mode ${String(mode)}`) });
  // temp_store: what a statement needs beside the store must not reach a temporary file.
  connection.script('PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON');
}
