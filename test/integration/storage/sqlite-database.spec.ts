import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  StoreInUse,
  StoreNotOpened,
  StoreTooNew,
  StoreUnreadable,
} from '../../../src/storage/sqlite/database/sqlite-database.errors.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import type { SqlValue } from '../../../src/storage/sqlite/database/sqlite-statement.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';

let parent: string;
let dataDirectory: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'whatsapp-store-'));
  dataDirectory = join(parent, 'data');
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

const file = (): string => join(dataDirectory, 'whatsapp.sqlite');
const open = (lockWaitMs = 0): Promise<SqliteDatabase> => SqliteDatabase.open({ dataDirectory, lockWaitMs });
const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe('the files of the store', () => {
  it('only the owner can read the files, whatever the umask is, and the umask stays unchanged', async () => {
    const umask = process.umask(0);
    const database = await open();
    database.run('INSERT INTO setting VALUES (?, ?)', ['a', 'b']);
    const names = await readdir(dataDirectory);
    expect(names).toContain('whatsapp.sqlite-wal');
    expect(await mode(dataDirectory)).toBe('700');
    for (const name of names) expect(await mode(join(dataDirectory, name))).toBe('600');
    expect(process.umask(umask)).toBe(0);
    await database.close();
  });

  it('the rights of other users to the data directory and the file are removed', async () => {
    await (await open()).close();
    await chmod(dataDirectory, 0o755);
    await chmod(file(), 0o644);
    await (await open()).close();
    expect([await mode(dataDirectory), await mode(file())]).toEqual(['700', '600']);
  });

  it('a closed store is one file', async () => {
    const database = await open();
    database.run('INSERT INTO setting VALUES (?, ?)', ['a', 'b']);
    await database.close();
    expect(await readdir(dataDirectory)).toEqual(['whatsapp.sqlite']);
  });
});

describe('SqliteDatabase.open', () => {
  it('a store can be opened 50 times in one process, each time after it was closed', async () => {
    for (let round = 0; round < 50; round++) {
      const database = await open();
      database.run('INSERT INTO setting VALUES (?, ?)', [`round ${round}`, '']);
      await database.close();
    }
    const database = await open();
    expect(database.get('SELECT count(*) AS count FROM setting')).toEqual({ count: 50 });
    await database.close();
  });

  it('a store that is open in this process is refused, and opens as soon as it is closed', async () => {
    const first = await open();
    await expect(open(50)).rejects.toThrow(StoreInUse);
    await expect(open(50)).rejects.toThrow(/another process uses this data directory/);
    const waiting = open(10_000);
    first.run('INSERT INTO setting VALUES (?, ?)', ['a', 'b']);
    await first.close();
    const second = await waiting;
    expect(second.get('SELECT name FROM setting')).toEqual({ name: 'a' });
    await second.close();
  });

  it('a store of a newer version is refused and stays unchanged', async () => {
    const database = await open();
    database.script('PRAGMA user_version = 99');
    await database.close();
    const before = await readFile(file());
    await expect(open()).rejects.toThrow(StoreTooNew);
    await expect(open()).rejects.toThrow(/version 99/);
    expect(await readFile(file())).toEqual(before);
  });

  it('a file that is not a database is refused and stays unchanged', async () => {
    for (const content of [randomBytes(9_000), Buffer.from('not a database')]) {
      await mkdir(dataDirectory, { recursive: true });
      await writeFile(file(), content);
      await expect(open()).rejects.toThrow(StoreUnreadable);
      expect(await readFile(file())).toEqual(content);
    }
  });

  it('the database of another program is refused', async () => {
    const database = await open();
    database.script('PRAGMA application_id = 1; PRAGMA user_version = 0');
    await database.close();
    await expect(open()).rejects.toThrow(StoreUnreadable);
  });

  it.each(['/proc/nothing-can-be-made-here', '/dev/null/below-a-file'])(
    'a data directory that cannot be made is refused at once: %s',
    async (impossible) => {
      await expect(SqliteDatabase.open({ dataDirectory: impossible })).rejects.toThrow(StoreNotOpened);
    },
  );

  it('a data directory that is not a directory is refused with its path', async () => {
    await writeFile(dataDirectory, '');
    await expect(open()).rejects.toThrow(StoreNotOpened);
    await expect(open()).rejects.toThrow(dataDirectory);
    await rm(dataDirectory);
    await symlink(join(parent, 'nowhere', 'deep'), dataDirectory);
    await expect(open()).rejects.toThrow(StoreNotOpened);
  });
});

describe('values in statements', () => {
  it('values that libsql would lose or change, or that would abort the process, are refused', async () => {
    const database = await open();
    const values: unknown[] = [
      true,
      undefined,
      1.5,
      NaN,
      Infinity,
      2 ** 53,
      1n,
      new Date(),
      {},
      [],
      Symbol('s'),
      () => 1,
      'a\0b',
      '\ud800',
      'a\udc00b',
      new Uint16Array(2),
      new ArrayBuffer(2),
      new DataView(new ArrayBuffer(2)),
    ];
    const insert = 'INSERT INTO setting VALUES (?, ?)';
    for (const value of values) {
      expect(() => database.run(insert, ['a', value as SqlValue])).toThrow(TypeError);
    }
    for (const list of [[], ['a'], ['a', 'b', 'c'], 'ab', Buffer.from('ab'), null]) {
      expect(() => database.run(insert, list as never)).toThrow(TypeError);
    }
    expect(database.all('SELECT * FROM setting')).toEqual([]);
    await database.close();
  });

  it('values are read as they were written, without additions of libsql', async () => {
    const database = await open();
    database.script('CREATE TABLE t (v)');
    const values = [
      null,
      0,
      -1,
      2 ** 53 - 1,
      '',
      'ü😀',
      randomBytes(300),
      Buffer.alloc(0),
      new Uint8Array([1, 2, 3]).subarray(1),
    ];
    for (const value of values) database.run('INSERT INTO t VALUES (?)', [value]);
    const comparable = (value: SqlValue | undefined): unknown =>
      typeof value === 'object' && value ? Buffer.from(value).toString('hex') : value;
    const stored = database.all('SELECT v FROM t ORDER BY rowid');
    expect(stored.map(({ v }) => comparable(v))).toEqual(values.map(comparable));
    expect(Object.keys(stored[0] ?? {})).toEqual(['v']);
    expect(database.get('SELECT v FROM t WHERE v = ?', ['ü😀'])).toEqual({ v: 'ü😀' });
    await database.close();
  });
});

describe('a statement after a failure', () => {
  const INSERT = 'INSERT INTO account (id) VALUES (?) RETURNING number';

  it.each(['run', 'get', 'all'] as const)(
    'a statement uses its own values after a failure of %s',
    async (how) => {
      const database = await open();
      const statement = database.prepare(how === 'run' ? 'INSERT INTO account (id) VALUES (?)' : INSERT);
      statement[how](['first']);
      expect(() => statement[how](['first'])).toThrow(StorageFailed);
      statement[how](['second']);
      const pages = Number(database.get('PRAGMA page_count')?.['page_count']);
      database.get(`PRAGMA max_page_count = ${pages}`);
      expect(() => database.transaction(() => statement[how](['x'.repeat(100_000)]))).toThrow(StorageFailed);
      database.get('PRAGMA max_page_count = 4294967294');
      database.transaction(() => statement[how](['third']));
      expect(database.all('SELECT id FROM account ORDER BY number')).toEqual([
        { id: 'first' },
        { id: 'second' },
        { id: 'third' },
      ]);
      await database.close();
    },
  );
});

describe('SqliteDatabase.transaction', () => {
  it('a transaction that throws changes nothing, and the next one works', async () => {
    const database = await open();
    expect(() =>
      database.transaction(() => {
        database.run('INSERT INTO setting VALUES (?, ?)', ['a', '1']);
        throw new RangeError('no');
      }),
    ).toThrow(RangeError);
    expect(database.all('SELECT * FROM setting')).toEqual([]);
    database.transaction(() => database.run('INSERT INTO setting VALUES (?, ?)', ['a', '2']));
    expect(database.get('SELECT value FROM setting')).toEqual({ value: '2' });
    await database.close();
  });

  it('a transaction is on the disk when it returns, only if it is power-safe', async () => {
    const database = await open();
    const level = (powerSafe: boolean): SqlValue | undefined => {
      database.transaction(() => undefined, { powerSafe });
      return database.get('PRAGMA synchronous')?.['synchronous'];
    };
    expect([level(true), level(false), level(true)]).toEqual([2, 1, 2]);
    await database.close();
  });

  it('a transaction cannot be opened inside another one', async () => {
    const database = await open();
    const nested = (): number => database.transaction(() => database.transaction(() => 1));
    expect(nested).toThrow(/already open/);
    await database.close();
  });
});

describe('errors of the database', () => {
  it('an error of libsql becomes StorageFailed with its cause, and its message contains neither SQL nor path', async () => {
    const database = await open();
    const fail = (): unknown => {
      try {
        return database.run('INSERT INTO nowhere VALUES (?)', ['secret']);
      } catch (error) {
        return error;
      }
    };
    const error = fail() as StorageFailed;
    expect(error).toBeInstanceOf(StorageFailed);
    expect(error.message).not.toMatch(/INSERT|nowhere|secret|whatsapp-store/);
    expect((error.cause as Error).message).toMatch(/no such table/);
    await database.close();
  });

  it('every call after close throws StorageFailed, and closing again does not', async () => {
    const database = await open();
    const statement = database.prepare('SELECT 1');
    await database.close();
    await database.close();
    for (const call of [
      () => statement.get(),
      () => database.get('SELECT 1'),
      () => database.transaction(() => 1),
      () => {
        database.script('SELECT 1');
      },
    ]) {
      expect(call).toThrow(StorageFailed);
    }
  });
});
