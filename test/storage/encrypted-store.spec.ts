import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteAuthStateStore } from '../../src/storage/sqlite/sqlite-auth-state.store.js';
import {
  StoreInUse,
  StoreKeyMissing,
  StoreKeyWrong,
  StoreNotEncrypted,
  StoreUnreadable,
} from '../../src/storage/sqlite/sqlite-database.errors.js';
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.js';
import { backUpStore } from '../../src/storage/sqlite/store-backup.js';
import { RewritingRefused, rewriteStore } from '../../src/storage/sqlite/store-rewriting.js';
import { StorageFailed } from '../../src/whatsapp/domain/errors.js';
import { accepted, hex, holdOf, id } from '../contract/storage-subject.js';
import { eventually } from '../support/eventually.js';
import { readGeneration } from './generation.js';
import type { OpenAndClose } from './open-and-close.program.js';
import { built, lines, startProgram } from './programs.js';

type Key = Uint8Array | null;

const KEY = Buffer.alloc(32, 'k');
const OTHER = Buffer.alloc(32, 'o');

let parent: string;
let dataDirectory: string;
let children: ChildProcess[];

const start = (name: string, ...args: string[]): ChildProcess => {
  const child = startProgram(name, [dataDirectory, ...args]);
  children.push(child);
  return child;
};

beforeEach(async () => {
  children = [];
  parent = await mkdtemp(join(tmpdir(), 'whatsapp-store-'));
  dataDirectory = join(parent, 'data');
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(parent, { recursive: true });
});

const file = (): string => join(dataDirectory, 'whatsapp.sqlite');
const open = (key: Key, directory = dataDirectory): Promise<SqliteDatabase> =>
  SqliteDatabase.open({ dataDirectory: directory, lockWaitMs: 0, ...(key && { encryptionKey: key }) });

async function write(key: Key): Promise<void> {
  const database = await open(key);
  await (await new SqliteAuthStateStore(database).open(holdOf('sales'))).write(accepted('a secret of sales'));
  await database.close();
}

async function credentials(key: Key, directory = dataDirectory): Promise<string | null> {
  const database = await open(key, directory);
  const found = await new SqliteAuthStateStore(database).load(id('sales'));
  await database.close();
  return found && Buffer.from(found).toString();
}

/** Every byte of every file, by name. */
async function files(): Promise<Record<string, string | null>> {
  const names = await readdir(dataDirectory);
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, hex(await readFile(join(dataDirectory, name)))] as const),
    ),
  );
}

describe('an encrypted store', () => {
  it('opens with its key alone, and every refusal says what to do and nothing of a key', async () => {
    await write(KEY);
    const before = await files();
    const almost = Buffer.from(KEY);
    almost.writeUInt8((KEY[31] ?? 0) ^ 1, 31);
    const refusals: [Key, typeof StoreKeyMissing | typeof StoreKeyWrong, RegExp][] = [
      [null, StoreKeyMissing, /is encrypted, and no key was given.*WHATSAPP_ENCRYPTION_KEY/],
      [OTHER, StoreKeyWrong, /encrypted with another key/],
      [almost, StoreKeyWrong, /encrypted with another key/],
    ];
    for (const [key, type, message] of refusals) {
      const error = await open(key).catch((thrown: unknown) => thrown as Error);
      expect(error).toBeInstanceOf(type);
      expect((error as Error).message).toMatch(message);
      for (const secret of [KEY, OTHER]) {
        expect(JSON.stringify([error, String((error as Error).cause)])).not.toContain(hex(secret));
      }
    }
    expect(await files()).toEqual(before);
    expect(await credentials(KEY)).toBe('a secret of sales');
  });

  it('is not taken for one by a service with a key, where it is readable or no store', async () => {
    await write(null);
    const before = await files();
    await expect(open(KEY)).rejects.toThrow(StoreNotEncrypted);
    await expect(open(KEY)).rejects.toThrow(/npm run store -- encrypt/);
    expect(await files()).toEqual(before);
    await writeFile(file(), 'not a database');
    await expect(open(KEY)).rejects.toThrow(StoreUnreadable);
    for (const length of [0, 16, 31, 33, 64]) {
      await expect(open(Buffer.alloc(length))).rejects.toThrow(RangeError);
    }
  });

  it.each([
    ['encrypted', KEY, [OTHER, null]],
    ['readable', null, [OTHER]],
  ])('loses nothing of a log that a killed process left to a wrong key: %s', async (_, key, wrong) => {
    const child = start('continuous-writing', '1', hex(key) ?? '');
    let acknowledged = 0;
    if (!child.stdout) throw new Error('no stdout');
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged === 30) child.kill('SIGKILL');
    }
    const before = await files();
    expect(Object.keys(before)).toContain('whatsapp.sqlite-wal');
    for (const other of wrong) await expect(open(other)).rejects.toThrow(/key/);
    expect(await files()).toEqual(before);
    expect(await readGeneration(dataDirectory, key)).toBeGreaterThanOrEqual(acknowledged);
  });

  it('is backed up as it is, and the backup opens with the same key', async () => {
    await write(KEY);
    const backup = join(parent, 'restored', 'whatsapp.sqlite');
    await mkdir(join(parent, 'restored'));
    await expect(backUpStore({ dataDirectory, file: backup })).rejects.toThrow(StoreKeyMissing);
    await backUpStore({ dataDirectory, encryptionKey: KEY, file: backup });
    const bytes = await readFile(backup);
    for (const text of ['SQLite format', 'a secret of sales', '491700000001', 'auth_state']) {
      expect(bytes.includes(text)).toBe(false);
    }
    expect(await credentials(KEY, join(parent, 'restored'))).toBe('a secret of sales');
  });
});

describe('giving the store another key', () => {
  it('moves it between none, one and another; who repeats it is told that there was nothing to do', async () => {
    await write(null);
    const ways: [Key, Key][] = [
      [null, KEY],
      [KEY, OTHER],
      [OTHER, null],
    ];
    for (const [from, to] of ways) {
      expect(await rewriteStore({ dataDirectory, from, to })).toBe(true);
      expect(await rewriteStore({ dataDirectory, from, to })).toBe(false);
      expect(await readdir(dataDirectory)).toEqual(['whatsapp.sqlite']);
      expect((await stat(file())).mode & 0o777).toBe(0o600);
      expect((await readFile(file())).includes('a secret of sales')).toBe(to === null);
      expect(await credentials(to)).toBe('a secret of sales');
    }
  });

  it('overwrites the old file, but not where it has another name', async () => {
    await write(null);
    await link(file(), join(parent, 'snapshot'));
    await rewriteStore({ dataDirectory, from: null, to: KEY });
    expect((await readFile(join(parent, 'snapshot'))).includes('a secret of sales')).toBe(true);
    expect((await readFile(file())).includes('a secret of sales')).toBe(false);
  });

  it('is refused while somebody uses the store, without one, for the same key, and with a wrong one', async () => {
    await expect(rewriteStore({ dataDirectory, from: null, to: KEY })).rejects.toThrow(
      /There is no store in/,
    );
    await write(KEY);
    const before = await files();
    await expect(rewriteStore({ dataDirectory, from: KEY, to: KEY })).rejects.toThrow(RewritingRefused);
    await expect(rewriteStore({ dataDirectory, from: OTHER, to: null })).rejects.toThrow(StoreKeyWrong);
    await expect(rewriteStore({ dataDirectory, from: null, to: OTHER })).rejects.toThrow(StoreKeyMissing);
    expect(await files()).toEqual(before);
    const service = start('continuous-writing', '1', hex(KEY) ?? '');
    if (!service.stdout) throw new Error('no stdout');
    await once(createInterface({ input: service.stdout }), 'line');
    await expect(rewriteStore({ dataDirectory, from: KEY, to: OTHER })).rejects.toThrow(StoreInUse);
    service.kill('SIGKILL');
    await lines(service);
    expect(await readGeneration(dataDirectory, KEY)).toBeGreaterThan(0);
  });

  it('refuses a damaged store, and leaves it as it is', async () => {
    await write(null);
    const bytes = await readFile(file());
    bytes.fill(0xff, bytes.length - 4_096);
    await writeFile(file(), bytes);
    await expect(rewriteStore({ dataDirectory, from: null, to: KEY })).rejects.toThrow(/is damaged/);
    expect(await readdir(dataDirectory)).toEqual(['whatsapp.sqlite']);
    expect((await readFile(file())).subarray(4_096)).toEqual(bytes.subarray(4_096));
  });

  it('is refused by a full disk, and loses nothing', async () => {
    const database = await open(null);
    const large = { credentials: Buffer.alloc(900_000, 1), powerSafe: true };
    await (await new SqliteAuthStateStore(database).open(holdOf('large'))).write(large);
    await database.close();
    await write(null);
    const program = [process.execPath, built('test/storage/rewriting.program.js')];
    const args = ['-c', 'ulimit -f 600 && exec "$0" "$@"', ...program, dataDirectory, 'none', hex(KEY) ?? ''];
    const limited = spawn('sh', args, { stdio: ['ignore', 'inherit', 'pipe'] });
    let said = '';
    limited.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    expect(await once(limited, 'close')).toEqual([1, null]);
    expect(said).toMatch(/RewritingRefused: The store cannot be rewritten: .* It is as it was/);
    expect(await credentials(null)).toBe('a secret of sales');
    expect(await readdir(dataDirectory)).toEqual(['whatsapp.sqlite']);
  });

  it('names no key where the new file cannot be made', async () => {
    const database = await open(null);
    const error = await Promise.resolve()
      .then(() => {
        database.copyTo(join(parent, 'nowhere', 'file'), KEY);
      })
      .catch((thrown: unknown) => thrown as StorageFailed);
    expect(error).toBeInstanceOf(StorageFailed);
    expect(String((error as StorageFailed).cause)).toContain(join(parent, 'nowhere', 'file'));
    expect(String((error as StorageFailed).cause)).not.toContain(hex(KEY));
    await database.close();
  });

  it('is noticed by whoever waits for the store meanwhile: it gets the new file and not the old one', async () => {
    await write(KEY);
    const holder = await open(KEY);
    const waiting = start('open-and-close', hex(KEY) ?? '');
    const written = once(waiting, 'message');
    waiting.send({ rounds: 1, lockWaitMs: 10_000 } satisfies OpenAndClose);
    await eventually(
      async () => (await filesOf(waiting.pid)).includes(file()),
      10_000,
      () => 'it does not wait',
    );
    holder.run('INSERT INTO setting VALUES (?, ?)', ['in', 'the new file']);
    holder.script('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; COMMIT');
    holder.copyTo(join(parent, 'new'), KEY);
    await rename(join(parent, 'new'), file());
    await holder.close();
    expect((await written)[0]).toBe('done');
    waiting.disconnect();
    const found = await open(KEY);
    expect(found.all('SELECT name FROM setting ORDER BY name')).toEqual([{ name: 'in' }, { name: 'rounds' }]);
    await found.close();
  });
});

/** The files that a process has open to write into them. */
async function filesOf(pid = 0): Promise<string[]> {
  const names = await readdir(`/proc/${pid}/fd`);
  const files = names.map(async (name) => {
    const flags = /^flags:\s*\d*(\d)$/m.exec(await readFile(`/proc/${pid}/fdinfo/${name}`, 'utf8'))?.[1];
    return Number(flags) & constants.O_RDWR ? readlink(`/proc/${pid}/fd/${name}`) : '';
  });
  return Promise.all(files.map((file) => file.catch(() => '')));
}
