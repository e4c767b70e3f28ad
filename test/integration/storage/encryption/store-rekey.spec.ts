import { link, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteAuthStateStore } from '../../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import {
  StoreInUse,
  StoreKeyMissing,
  StoreKeyWrong,
} from '../../../../src/storage/sqlite/database/sqlite-database.errors.js';
import { RekeyRefused, rekeyStore } from '../../../../src/storage/sqlite/maintenance/store-rekey.js';
import { StorageFailed } from '../../../../src/whatsapp/domain/errors.js';
import { hex, holdOf } from '../../../contract/storage-subject.js';
import { timeLimit } from '../../../support/time/time-limit.js';
import { readGeneration } from '../generation.js';
import type { OpenAndClose } from '../programs/open-and-close.program.js';
import { startProgram } from '../programs/programs.js';
import { type Key, KEY, OTHER, SECRET, StorePlace } from '../store-place.js';

let place: StorePlace;
beforeEach(async () => {
  place = await StorePlace.create();
});
afterEach(() => place.dispose());

describe('rekeyStore', () => {
  it('the store changes between no key, one key and another, and a repeated call reports that nothing was to do', async () => {
    await place.write(null);
    const ways: [Key, Key][] = [
      [null, KEY],
      [KEY, OTHER],
      [OTHER, null],
    ];
    for (const [from, to] of ways) {
      expect(await rekeyStore({ dataDirectory: place.dataDirectory, from, to })).toBe(true);
      expect(await rekeyStore({ dataDirectory: place.dataDirectory, from, to })).toBe(false);
      expect(await readdir(place.dataDirectory)).toEqual(['whatsapp.sqlite']);
      expect((await stat(place.file)).mode & 0o777).toBe(0o600);
      expect((await readFile(place.file)).includes(SECRET)).toBe(to === null);
      expect(await place.credentials(to)).toBe(SECRET);
    }
  });

  it('the old file is overwritten, unless it has another name', async () => {
    await place.write(null);
    await link(place.file, join(place.parent, 'snapshot'));
    await rekeyStore({ dataDirectory: place.dataDirectory, from: null, to: KEY });
    expect((await readFile(join(place.parent, 'snapshot'))).includes(SECRET)).toBe(true);
    expect((await readFile(place.file)).includes(SECRET)).toBe(false);
  });

  it('a new key is refused while the store is in use, without a store, for the same key and with a wrong key', async () => {
    await expect(rekeyStore({ dataDirectory: place.dataDirectory, from: null, to: KEY })).rejects.toThrow(
      /There is no store in/,
    );
    await place.write(KEY);
    const before = await place.files();
    await expect(rekeyStore({ dataDirectory: place.dataDirectory, from: KEY, to: KEY })).rejects.toThrow(
      RekeyRefused,
    );
    await expect(rekeyStore({ dataDirectory: place.dataDirectory, from: OTHER, to: null })).rejects.toThrow(
      StoreKeyWrong,
    );
    await expect(rekeyStore({ dataDirectory: place.dataDirectory, from: null, to: OTHER })).rejects.toThrow(
      StoreKeyMissing,
    );
    expect(await place.files()).toEqual(before);
    const service = place.start('continuous-writing', '1', hex(KEY) ?? '');
    await service.until(() => service.lines[0]);
    await expect(rekeyStore({ dataDirectory: place.dataDirectory, from: KEY, to: OTHER })).rejects.toThrow(
      StoreInUse,
    );
    await service.kill();
    expect(await readGeneration(place.dataDirectory, KEY)).toBeGreaterThan(0);
  });

  it('a damaged store is refused and stays unchanged', async () => {
    await place.write(null);
    const bytes = await readFile(place.file);
    bytes.fill(0xff, bytes.length - 4_096);
    await writeFile(place.file, bytes);
    await expect(rekeyStore({ dataDirectory: place.dataDirectory, from: null, to: KEY })).rejects.toThrow(
      /is damaged/,
    );
    expect(await readdir(place.dataDirectory)).toEqual(['whatsapp.sqlite']);
    expect((await readFile(place.file)).subarray(4_096)).toEqual(bytes.subarray(4_096));
  });

  it('a full disk refuses the change and loses no data', async () => {
    const database = await place.open(null);
    const large = { credentials: Buffer.alloc(900_000, 1), powerSafe: true };
    await (await new SqliteAuthStateStore(database).open(holdOf('large'))).write(large);
    await database.close();
    await place.write(null);
    const args = [place.dataDirectory, 'none', hex(KEY) ?? ''];
    const limited = startProgram('rekeying', args, { fileLimitBlocks: 600 });
    expect([await limited.exit(), limited.endedBy]).toEqual([1, null]);
    expect(limited.output).toMatch(/RekeyRefused: The store cannot be rewritten: .* The store is unchanged/);
    expect(await place.credentials(null)).toBe(SECRET);
    expect(await readdir(place.dataDirectory)).toEqual(['whatsapp.sqlite']);
  });

  it('the error names no key when the new file cannot be made', async () => {
    const database = await place.open(null);
    const error = await Promise.resolve()
      .then(() => {
        database.exportTo(join(place.parent, 'nowhere', 'file'), KEY);
      })
      .catch((thrown: unknown) => thrown as StorageFailed);
    expect(error).toBeInstanceOf(StorageFailed);
    expect(String((error as StorageFailed).cause)).toContain(join(place.parent, 'nowhere', 'file'));
    expect(String((error as StorageFailed).cause)).not.toContain(hex(KEY));
    await database.close();
  });

  it('a process that waits for the store gets the new file, and leaves the log of its owner unchanged', async () => {
    await place.write(KEY);
    const holder = await place.open(KEY);
    const waiting = place.start('open-and-close', hex(KEY) ?? '');
    const open = (lockWaitMs: number): Promise<unknown> =>
      waiting.ask({ rounds: 1, lockWaitMs } satisfies OpenAndClose);
    // The first round loads the code, so that the second round has the file open soon after its line.
    expect(await open(0)).toMatch(/StoreInUse/);
    const inUse = open(1_500);
    await waiting.until(() => waiting.lines[1]);
    holder.script('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; COMMIT');
    holder.exportTo(join(place.parent, 'new'), KEY);
    await rename(join(place.parent, 'new'), place.file);
    const next = await place.open(KEY);
    next.transaction(() => next.run('INSERT INTO setting VALUES (?, ?)', ['in', 'the new file']));
    // `stat` instead of a read: when this process closes a descriptor of the file, it releases its lock.
    const log = (): Promise<number> => stat(`${place.file}-wal`).then(({ ino }) => ino);
    const before = await log();
    await holder.close();
    expect(await inUse).toMatch(/StoreInUse/);
    expect(await log()).toBe(before);
    await next.close();
    expect(await open(timeLimit(10_000))).toBe('done');
    const found = await place.open(KEY);
    expect(found.all('SELECT name FROM setting ORDER BY name')).toEqual([{ name: 'in' }, { name: 'rounds' }]);
    await found.close();
  });
});
