import { type FileHandle, link, lstat, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OWNER_ONLY_FILE, STORE_FILE_NAME, syncDirectory } from '../database/data-directory.js';
import { isDamage, StoreNotOpened } from '../database/sqlite-database.errors.js';
import { SqliteDatabase } from '../database/sqlite-database.js';
import { BackupRefused, openSource, type StoreLocation } from './store-source.js';
import { causeMessage } from '../../../whatsapp/domain/cause-of.js';

interface StoreBackupRequest extends StoreLocation {
  /** Path of the file to make. Its directory must exist, the file must not. */
  readonly file: string;
  /** Stops the backup. No files remain if the process ends once the call has rejected. */
  readonly signal?: AbortSignal;
}

interface StoreBackup {
  readonly bytes: number;
  /** Damage that SQLite finds in the store, and so in the copy; empty when there is none. */
  readonly problems: readonly string[];
}

/** When an account is erased during a copy, the copy starts again. This is the maximum number of attempts. */
const ATTEMPTS = 10;
const CHUNK_BYTES = 1 << 20;
const MAX_PROBLEMS = 10;

/**
 * Makes a consistent copy of the store, while the service runs or is stopped. The copy is one complete file (0600),
 * checked and synced to the disk. It gets its name last. Until then it is in its own directory (`.whatsapp-backup-…`)
 * beside that name. Only a SIGKILL leaves that directory behind, and it may be deleted. The service keeps running, see
 * BackupHandler. A store of an older version is copied in that version, an encrypted store with its key.
 * @throws BackupRefused · StoreNotOpened; then there is no new file
 */
export async function backUpStore({ file, signal, ...location }: StoreBackupRequest): Promise<StoreBackup> {
  const directory = dirname(file);
  if (await exists(file)) throw alreadyThere(file);
  if (!(await isDirectory(directory))) throw new BackupRefused(`There is no directory "${directory}".`);
  const store = join(location.dataDirectory, STORE_FILE_NAME);
  if (!(await exists(store))) throw new BackupRefused(`There is no store in "${location.dataDirectory}".`);
  const workplace = await refusing(mkdtemp(join(directory, '.whatsapp-backup-')));
  const copy = join(workplace, STORE_FILE_NAME);
  try {
    await unlessStopped(() => copyStore(location, copy), signal);
    const problems = await examine({ ...location, dataDirectory: workplace });
    return { bytes: await refusing(giveName(copy, file)), problems };
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
}

/** Rejects when the signal aborts. The work itself continues until the process ends. */
async function unlessStopped<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work();
  const refusal = new BackupRefused('Stopped. There is no backup.');
  if (signal.aborted) throw refusal;
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(refusal);
    });
  });
  return Promise.race([work(), stopped]);
}

async function copyStore(location: StoreLocation, copy: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const source = await openSource(location);
    const store = await refusing(open(join(location.dataDirectory, STORE_FILE_NAME), 'r'));
    try {
      await refusing(copyFile(store, copy));
      if (await source.copied()) return;
    } finally {
      await source.close();
      // Not earlier: if this process has the store open, closing the file releases SQLite's lock.
      await store.close();
    }
  }
  throw new BackupRefused('The store changed during every attempt to copy it. Try again later.');
}

async function copyFile(from: FileHandle, to: string): Promise<void> {
  const target = await open(to, 'w', OWNER_ONLY_FILE);
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let position = 0; ;) {
      const { bytesRead } = await from.read(chunk, 0, CHUNK_BYTES, position);
      if (bytesRead === 0) return;
      await target.writeFile(chunk.subarray(0, bytesRead));
      position += bytesRead;
    }
  } finally {
    await target.close();
  }
}

/** Checks the copy. Opening and closing it also merges its log into the file. */
async function examine(location: StoreLocation): Promise<string[]> {
  let database: SqliteDatabase;
  try {
    database = await SqliteDatabase.open({ ...location, lockWaitMs: 0, asItIs: true });
  } catch (error) {
    if (!(error instanceof StoreNotOpened)) throw error;
    throw new BackupRefused(`The copy cannot be opened as a store. ${error.message}`, {
      cause: error,
    });
  }
  try {
    if (database.get('PRAGMA user_version')?.['user_version'] === 0) {
      throw new BackupRefused('The store is empty: no service has started with it yet.');
    }
    return problemsOf(database);
  } finally {
    await database.close();
  }
}

function problemsOf(database: SqliteDatabase): string[] {
  try {
    const rows = database.all(`PRAGMA integrity_check(${MAX_PROBLEMS})`);
    return rows.map((row) => String(row['integrity_check'])).filter((problem) => problem !== 'ok');
  } catch (error) {
    if (isDamage(error)) return [causeMessage(error)];
    throw error;
  }
}

/** Moves the copy to its name. Never replaces a file that was created in the meantime, if the file system has links. */
async function giveName(copy: string, file: string): Promise<number> {
  const written = await open(copy, 'r+');
  await written.sync();
  const { size } = await written.stat();
  await written.close();
  try {
    await link(copy, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || (await exists(file))) throw alreadyThere(file);
    // A file system without links.
    await rename(copy, file);
  }
  await syncDirectory(dirname(file));
  return size;
}

function alreadyThere(file: string): BackupRefused {
  return new BackupRefused(`"${file}" exists already. A backup never replaces a file. Name another file.`);
}

async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BackupRefused) throw error;
    throw new BackupRefused(`The backup cannot be made: ${(error as Error).message}.`, { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
