import { ANSWER_WAIT_MS } from '../../../control-socket/control-address.js';
import { type ControlCall, ControlTimeout } from '../../../control-socket/control-call.js';
import { ControlClient } from '../../../control-socket/control-client.js';
import { StoreInUse } from '../database/sqlite-database.errors.js';
import { SqliteDatabase, type SqliteDatabaseOptions } from '../database/sqlite-database.js';
import { BACKUP_PATH, type BackupAnswer, COPY_LIMIT_MS } from './backup-handler.js';

/**
 * Long enough for a service that is shutting down. A running service keeps its lock, so a longer wait would not help.
 */
export const LOCK_WAIT_MS = 2_000;

/** No backup was made. The message is for the operator. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

export type StoreLocation = Pick<SqliteDatabaseOptions, 'dataDirectory' | 'encryptionKey'>;

/** Keeps the store's file unchanged while it is copied. */
interface StoreSource {
  /** Whether the file was unchanged from the beginning until now. Call it once. @throws BackupRefused */
  copied(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Freezes the store's file: in the service that has the store open, or in this process if no service runs.
 * @throws BackupRefused · StoreNotOpened
 */
export async function openSource(location: StoreLocation): Promise<StoreSource> {
  const { dataDirectory } = location;
  const running = await frozenByService(dataDirectory);
  if (running) return running;
  try {
    return await openStopped(location);
  } catch (error) {
    if (!(error instanceof StoreInUse)) throw error;
    // The service may have started in the meantime.
    const started = await frozenByService(dataDirectory);
    if (started) return started;
    throw new BackupRefused(
      `Another process uses the data directory "${dataDirectory}" and does not answer requests for backups. If it is this service, its log shows the reason. Stop it first.`,
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

/**
 * Returns null when no service has the store open, when it is shutting down, or when its version lacks this request.
 */
async function frozenByService(dataDirectory: string): Promise<StoreSource | null> {
  const call = new ControlClient(dataDirectory).call(BACKUP_PATH);
  if (call === null) return null;
  const close = (): Promise<void> => {
    call.close();
    return Promise.resolve();
  };
  try {
    const status = await refusing(call.accepted(COPY_LIMIT_MS + ANSWER_WAIT_MS));
    if (status === 100) return { copied: () => isKept(call), close };
    await close();
    if (status === null || status === 404) return null;
    throw refusal(status);
  } catch (error) {
    await close();
    throw error;
  }
}

async function isKept(call: ControlCall): Promise<boolean> {
  const answer = await refusing(call.send(''));
  // The service ended while its store was copied.
  if (answer === null) return false;
  if (answer.status !== 200) throw refusal(answer.status);
  return (JSON.parse(answer.body) as BackupAnswer).kept;
}

async function refusing<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    const { message } = error as Error;
    throw new BackupRefused(
      error instanceof ControlTimeout ? message : `The service cannot be reached for a backup: ${message}.`,
      { cause: error },
    );
  }
}

function refusal(status: number): BackupRefused {
  return status === 500
    ? new BackupRefused('The service could not write its store. Its log shows the reason.')
    : new BackupRefused(
        'The service that uses the store runs another version. Use the command of that version.',
      );
}
