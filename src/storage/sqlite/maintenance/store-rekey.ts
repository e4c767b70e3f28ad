import { type FileHandle, mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  OWNER_ONLY_DIRECTORY,
  STORE_FILE_NAME,
  syncDirectory,
  WORKPLACE_NAME,
} from '../database/data-directory.js';
import {
  isDamage,
  StoreKeyMissing,
  StoreKeyWrong,
  StoreNotEncrypted,
} from '../database/sqlite-database.errors.js';
import { SqliteDatabase } from '../database/sqlite-database.js';
import { LOCK_WAIT_MS } from './store-source.js';
import { causeMessage } from '../../../whatsapp/domain/cause-of.js';

interface StoreRekey {
  readonly dataDirectory: string;
  /** The key of the store; null: it is not encrypted. */
  readonly from: Uint8Array | null;
  /** The new key; null: the store will not be encrypted. */
  readonly to: Uint8Array | null;
  /** Internal: reports finished steps to tests. */
  readonly reached?: (step: RekeyStep) => void;
}

export const REKEY_STEPS = ['opened', 'copied', 'checked', 'synced', 'renamed', 'named', 'wiped'] as const;
type RekeyStep = (typeof REKEY_STEPS)[number];

/** The key of the store was not changed. The message is for the operator. The store is unchanged. */
export class RekeyRefused extends Error {
  override readonly name = 'RekeyRefused';
}

const CHUNK_BYTES = 1 << 20;
const DAMAGED =
  "The store is damaged, so its key cannot be changed. The service's log names the damaged account. Disconnect that account and start the service once, or restore a backup.";

/**
 * Encrypts the store, changes its key, or decrypts it. The service must be stopped, and cannot start in the meantime.
 *
 * A new file is made in `.whatsapp-rewrite` beside the store, compared with the store, synced, and renamed over it. So
 * at any instant exactly one of the two keys opens the store, and the store is complete. If this process is killed, the
 * next start or the next call removes `.whatsapp-rewrite`. The free disk must be as large as the store. In the end the
 * old file is overwritten, as far as the file system and the disk overwrite in place.
 * @returns false when the store had the new key already
 * @throws RekeyRefused · StoreNotOpened; then the store is unchanged. RangeError for a key that is not 32 bytes
 */
export async function rekeyStore(rekey: StoreRekey): Promise<boolean> {
  const { dataDirectory, from, to, reached = () => undefined } = rekey;
  if (from && to && Buffer.from(from).equals(to)) {
    throw new RekeyRefused('The new key is the same as the old one. Set another new key.');
  }
  const file = join(dataDirectory, STORE_FILE_NAME);
  // Closed last: closing it earlier would release SQLite's lock.
  const old = await openOld(file);
  try {
    const source = await openStore(rekey);
    if (!source) return false;
    try {
      reached('opened');
      await refusing(async () => {
        await requireRoom(dataDirectory, (await old.stat()).size);
        removeLog(source);
        await makeCopy(rekey, source, reached);
        await rename(join(dataDirectory, WORKPLACE_NAME, STORE_FILE_NAME), file);
      });
      reached('renamed');
      await syncDirectory(dataDirectory);
      reached('named');
    } finally {
      // A process that waited for the old file now finds that it is no longer the store.
      await source.close();
    }
    await wipe(old);
    reached('wiped');
    return true;
  } finally {
    await old.close();
    await rm(join(dataDirectory, WORKPLACE_NAME), { recursive: true, force: true });
  }
}

async function openOld(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r+');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new RekeyRefused(
      missing
        ? `There is no store in "${dirname(file)}".`
        : `The store cannot be rewritten: ${message}. The store is unchanged.`,
      { cause: error },
    );
  }
}

/** Returns null when the store has the new key already. */
async function openStore({ dataDirectory, from, to }: StoreRekey): Promise<SqliteDatabase | null> {
  const openWith = (key: Uint8Array | null): Promise<SqliteDatabase> =>
    SqliteDatabase.open({
      dataDirectory,
      lockWaitMs: LOCK_WAIT_MS,
      asItIs: true,
      ...(key && { encryptionKey: key }),
    });
  let source: SqliteDatabase;
  try {
    source = await openWith(from);
  } catch (error) {
    if (![StoreKeyMissing, StoreKeyWrong, StoreNotEncrypted].some((type) => error instanceof type))
      throw error;
    const rewritten = await openWith(to).catch(() => null);
    if (!rewritten) throw error;
    await rewritten.close();
    return null;
  }
  if (source.get('PRAGMA user_version')?.['user_version'] !== 0) return source;
  await source.close();
  throw new RekeyRefused('The store is empty: no service has started with it yet.');
}

async function requireRoom(dataDirectory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dataDirectory);
  if (bavail * bsize >= bytes) return;
  throw new RekeyRefused(
    `There is not enough room on the disk: ${(bytes / 1e6).toFixed(1)} MB are needed, ${((bavail * bsize) / 1e6).toFixed(1)} MB are free.`,
  );
}

/** Removes the log: the log of the old file would damage the new one. The lock stays. */
function removeLog(source: SqliteDatabase): void {
  const mode = source.get('PRAGMA journal_mode = DELETE')?.['journal_mode'];
  source.script('BEGIN EXCLUSIVE; COMMIT');
  if (mode !== 'delete') throw new RekeyRefused(`The store's log stays in mode ${String(mode)}.`);
}

async function makeCopy(
  { dataDirectory, to }: StoreRekey,
  source: SqliteDatabase,
  reached: (step: RekeyStep) => void,
): Promise<void> {
  const workplace = resolve(dataDirectory, WORKPLACE_NAME);
  const copy = join(workplace, STORE_FILE_NAME);
  await mkdir(workplace, { mode: OWNER_ONLY_DIRECTORY });
  source.exportTo(copy, to);
  reached('copied');
  const database = await SqliteDatabase.open({
    dataDirectory: workplace,
    lockWaitMs: 0,
    asItIs: true,
    ...(to && { encryptionKey: to }),
  });
  try {
    compare(source, database);
  } finally {
    await database.close();
  }
  reached('checked');
  const written = await open(copy, 'r+');
  await written.sync().finally(() => written.close());
  reached('synced');
}

function compare(source: SqliteDatabase, copy: SqliteDatabase): void {
  const problems = copy.all('PRAGMA integrity_check(1)').map((row) => String(row['integrity_check']));
  if (problems.join() !== 'ok') throw new RekeyRefused(`The new file is damaged: ${problems.join()}.`);
  const descriptions = [source, copy].map((database) => JSON.stringify(describe(database)));
  if (descriptions[0] !== descriptions[1])
    throw new RekeyRefused('The new file does not have the content of the store.');
}

/** Returns the application id, the version, the schema and the number of rows of each table. */
function describe(database: SqliteDatabase): unknown[] {
  const schema = database.all('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name');
  const tables = schema.filter(({ type }) => type === 'table').map(({ name }) => name as string);
  return [
    database.get('PRAGMA application_id'),
    database.get('PRAGMA user_version'),
    schema,
    tables.map((name) => database.get(`SELECT count(*) AS rows FROM "${name}"`)),
  ];
}

/** Overwrites the old file, unless it still has a name: a backup may be a hard link to it. */
async function wipe(old: FileHandle): Promise<void> {
  const { nlink, size } = await old.stat();
  if (nlink > 0) return;
  const zeros = Buffer.alloc(CHUNK_BYTES);
  for (let position = 0; position < size; position += CHUNK_BYTES) {
    await old.write(zeros, 0, Math.min(CHUNK_BYTES, size - position), position);
  }
  await old.sync();
}

async function refusing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof RekeyRefused) throw error;
    if (isDamage(error)) throw new RekeyRefused(DAMAGED, { cause: error });
    throw new RekeyRefused(`The store cannot be rewritten: ${causeMessage(error)}. The store is unchanged.`, {
      cause: error,
    });
  }
}
