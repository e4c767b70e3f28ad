import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StoreNotOpened } from './sqlite-database.errors.js';

export const STORE_FILE_NAME = 'whatsapp.sqlite';

/** Where a file is made that will take the store's place (see rewriteStore). */
export const WORKPLACE_NAME = '.whatsapp-rewrite';

/** As much of the file as tells what it is. */
const HEAD_BYTES = 24;

const OWNER_ONLY_DIRECTORY = 0o700;
const OWNER_ONLY_FILE = 0o600;

/**
 * Creates what is missing and takes away what other users may do with the rest, so far as it is ours.
 * Never opens a store that exists: closing any descriptor of it would release SQLite's POSIX locks, process-wide.
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

/** Tells the file from another one that has taken its name; null when there is none. */
export function inodeOf(file: string): string | null {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}` : null;
}

/** What a rewriting that was killed has left behind. Only for the process that has the store. */
export function removeLeftovers(dataDirectory: string): void {
  rmSync(join(dataDirectory, WORKPLACE_NAME), { recursive: true, force: true });
}

/** The first bytes of the store's file, null when it cannot be read. Only while nobody in this process has it open. */
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

/** Not `mkdirSync` with `recursive`: where nothing can be made (`/proc`), it tries again for ever (Node 20.20). */
function makeDirectory(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  makeDirectory(dirname(path));
  unless('EEXIST', () => {
    mkdirSync(path, { mode: OWNER_ONLY_DIRECTORY });
  });
  // What stands there is something else, or another process was faster.
  if (!statSync(path).isDirectory()) throw new Error('it is not a directory');
}

function restrict(path: string, mode: number): void {
  const { uid, mode: found } = statSync(path);
  if (uid === process.getuid?.() && (found & 0o077) !== 0) chmodSync(path, mode);
}

/** Another process may be creating or closing the same store just now. */
function unless(code: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
  }
}
