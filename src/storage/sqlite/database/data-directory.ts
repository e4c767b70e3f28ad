import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StoreNotOpened } from './sqlite-database.errors.js';

export const STORE_FILE_NAME = 'whatsapp.sqlite';

/** Directory in which rekeyStore makes the file that replaces the store. */
export const WORKPLACE_NAME = '.whatsapp-rewrite';

/** Enough bytes to distinguish an encrypted store, a plain one and any other file. */
const HEAD_BYTES = 24;

export const OWNER_ONLY_DIRECTORY = 0o700;
export const OWNER_ONLY_FILE = 0o600;

/**
 * Creates the directory and the store's file if they are missing. Removes the permissions of other users, if this user
 * owns them. Never opens an existing store: closing any descriptor of it would release SQLite's POSIX locks in the
 * whole process.
 * @returns the path of the store's file
 * @throws StoreNotOpened
 */
export function prepareDataDirectory(dataDirectory: string): string {
  const file = join(dataDirectory, STORE_FILE_NAME);
  try {
    makeDirectory(resolve(dataDirectory));
    restrict(dataDirectory, OWNER_ONLY_DIRECTORY);
    // SQLite gives -wal, -shm and -journal the mode of the file they belong to.
    unless('EEXIST', () => {
      closeSync(openSync(file, 'wx', OWNER_ONLY_FILE));
    });
    for (const suffix of ['', '-wal', '-shm', '-journal']) {
      unless('ENOENT', () => {
        restrict(file + suffix, OWNER_ONLY_FILE);
      });
    }
  } catch (error) {
    throw new StoreNotOpened(dataDirectory, (error as Error).message, { cause: error });
  }
  return file;
}

/** Identifies the file, also after another one got its name. Returns null when there is none. */
export function inodeOf(file: string): string | null {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}` : null;
}

/** Removes the files of a rekeyStore that was killed. Only for the process that has the store open. */
export function removeLeftovers(dataDirectory: string): void {
  rmSync(join(dataDirectory, WORKPLACE_NAME), { recursive: true, force: true });
}

/**
 * Returns the first bytes of the store's file; null when it cannot be read. Only while this process has the store
 * closed.
 */
export function headOf(file: string): Buffer | null {
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const descriptor = openSync(file, 'r');
    try {
      return head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}

/**
 * Creates a directory and its parents. It does not use the `recursive` option of `mkdirSync`: in a directory that
 * refuses it (`/proc`), Node 20.20 tries again forever.
 */
function makeDirectory(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  makeDirectory(dirname(path));
  unless('EEXIST', () => {
    mkdirSync(path, { mode: OWNER_ONLY_DIRECTORY });
  });
  // The path may be a file, or another process may have created the directory first.
  if (!statSync(path).isDirectory()) throw new Error('it is not a directory');
}

function restrict(path: string, mode: number): void {
  const { uid, mode: found } = statSync(path);
  if (uid === process.getuid?.() && (found & 0o077) !== 0) chmodSync(path, mode);
}

/** Ignores the error with this code: another process may be creating or closing the same store. */
function unless(code: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
  }
}

/** Makes the names in a directory survive a power cut. Windows has no such call. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  await directory.sync().finally(() => directory.close());
}
