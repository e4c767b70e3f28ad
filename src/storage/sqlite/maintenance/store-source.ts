import { BACKUP_WORDS, COPY_LIMIT_MS } from './backup-words.js';
import { connectControl } from '../../../control-socket/control-client.js';
import { ANSWER_WAIT_MS, type ControlConnection } from '../../../control-socket/control-connection.js';
import { StoreInUse } from '../database/sqlite-database.errors.js';
import { SqliteDatabase } from '../database/sqlite-database.js';
import type { SqliteDatabaseOptions } from '../database/sqlite-database.options.js';

/** A service that uses a store is just ending, or lives: then waiting for it would only delay the answer. */
const LOCK_WAIT_MS = 2_000;

/** Why there is no backup: for whoever asked for it. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

export type StoreLocation = Pick<SqliteDatabaseOptions, 'dataDirectory' | 'encryptionKey'>;

/** Keeps the store's file still while it is copied. */
export interface StoreSource {
  /** Whether the file stood still from the beginning until now. Call it once. @throws BackupRefused */
  copied(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * The service that has the store open keeps it still, or this process does when there is none.
 * @throws BackupRefused · StoreNotOpened
 */
export async function openSource(location: StoreLocation): Promise<StoreSource> {
  const { dataDirectory } = location;
  const running = await callService(dataDirectory);
  if (running) return running;
  try {
    return await openStopped(location);
  } catch (error) {
    if (!(error instanceof StoreInUse)) throw error;
    // It may have started meanwhile.
    const started = await callService(dataDirectory);
    if (started) return started;
    throw new BackupRefused(
      `Another process uses the data directory "${dataDirectory}" and takes no calls for backups (its log says why if it is this service). Stop it first.`,
      { cause: error },
    );
  }
}

async function openStopped(location: StoreLocation): Promise<StoreSource> {
  const database = await SqliteDatabase.open({ ...location, lockWaitMs: LOCK_WAIT_MS, asItIs: true });
  try {
    const freeze = database.freezeFile();
    return { copied: () => Promise.resolve(freeze.kept), close: () => database.close() };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function callService(dataDirectory: string): Promise<StoreSource | null> {
  let connection: ControlConnection | null;
  try {
    connection = await connectControl(dataDirectory);
  } catch (error) {
    const { message } = error as Error;
    throw new BackupRefused(`The service cannot be asked for a backup: ${message}.`, { cause: error });
  }
  if (connection === null) return null;
  connection.say(BACKUP_WORDS.ask);
  let word = await answer(connection, ANSWER_WAIT_MS);
  while (word === BACKUP_WORDS.wait) word = await answer(connection, COPY_LIMIT_MS + ANSWER_WAIT_MS);
  if (word === null) return null;
  if (word !== BACKUP_WORDS.copy) {
    connection.hangUp();
    throw refused(word);
  }
  return {
    copied: async () => {
      connection.say(BACKUP_WORDS.copied);
      const end = await answer(connection, ANSWER_WAIT_MS);
      if (end === BACKUP_WORDS.kept) return true;
      // Null: the service ended while its store was copied.
      if (end === BACKUP_WORDS.changed || end === null) return false;
      throw refused(end);
    },
    close: () => {
      connection.hangUp();
      return Promise.resolve();
    },
  };
}

/** The next word, or null when the service has hung up, as it does when it ends. */
async function answer(connection: ControlConnection, withinMs: number): Promise<string | null> {
  const word = await connection.hear(withinMs);
  if (word !== null || connection.over) return word;
  connection.hangUp();
  throw new BackupRefused(
    `The service does not answer (waited ${withinMs / 1000} s). Is it stopped or frozen?`,
  );
}

function refused(word: string): BackupRefused {
  return word === BACKUP_WORDS.failed
    ? new BackupRefused('The service could not write its store just now; its log says why.')
    : new BackupRefused(
        'The service that uses the store is of another version. Use the command of that version.',
      );
}
