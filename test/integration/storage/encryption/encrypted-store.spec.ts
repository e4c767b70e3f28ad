import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  StoreKeyMissing,
  StoreKeyWrong,
  StoreNotEncrypted,
  StoreUnreadable,
} from '../../../../src/storage/sqlite/database/sqlite-database.errors.js';
import { backUpStore } from '../../../../src/storage/sqlite/maintenance/store-backup.js';
import { hex } from '../../../contract/storage-subject.js';
import { readGeneration } from '../generation.js';
import { type Key, KEY, OTHER, SECRET, StorePlace } from '../store-place.js';

let place: StorePlace;
beforeEach(async () => {
  place = await StorePlace.create();
});
afterEach(() => place.dispose());

describe('an encrypted store', () => {
  it('an encrypted store opens only with its key, and every refusal says what to do without showing a key', async () => {
    await place.write(KEY);
    const before = await place.files();
    const almost = Buffer.from(KEY);
    almost.writeUInt8((KEY[31] ?? 0) ^ 1, 31);
    const refusals: [Key, typeof StoreKeyMissing | typeof StoreKeyWrong, RegExp][] = [
      [null, StoreKeyMissing, /is encrypted, and no key was given.*WHATSAPP_ENCRYPTION_KEY/],
      [OTHER, StoreKeyWrong, /encrypted with another key/],
      [almost, StoreKeyWrong, /encrypted with another key/],
    ];
    for (const [key, type, message] of refusals) {
      const error = await place.open(key).catch((thrown: unknown) => thrown as Error);
      expect(error).toBeInstanceOf(type);
      expect((error as Error).message).toMatch(message);
      for (const secret of [KEY, OTHER]) {
        expect(JSON.stringify([error, String((error as Error).cause)])).not.toContain(hex(secret));
      }
    }
    expect(await place.files()).toEqual(before);
    expect(await place.credentials(KEY)).toBe(SECRET);
  });

  it('a store that is not encrypted, and a file that is not a store, are refused to a service with a key', async () => {
    await place.write(null);
    const before = await place.files();
    await expect(place.open(KEY)).rejects.toThrow(StoreNotEncrypted);
    await expect(place.open(KEY)).rejects.toThrow(/npm run store -- encrypt/);
    expect(await place.files()).toEqual(before);
    await writeFile(place.file, 'not a database');
    await expect(place.open(KEY)).rejects.toThrow(StoreUnreadable);
    for (const length of [0, 16, 31, 33, 64]) {
      await expect(place.open(Buffer.alloc(length))).rejects.toThrow(RangeError);
    }
  });

  it.each([
    ['encrypted', KEY, [OTHER, null]],
    ['readable', null, [OTHER]],
  ])('a wrong key loses nothing of the log of a killed process: %s', async (_, key, wrong) => {
    const child = place.start('continuous-writing', '1', hex(key) ?? '');
    await child.until(() => child.lines[29]);
    await child.kill();
    const acknowledged = Number(child.lines.at(-1));
    const before = await place.files();
    expect(Object.keys(before)).toContain('whatsapp.sqlite-wal');
    for (const other of wrong) await expect(place.open(other)).rejects.toThrow(/key/);
    expect(await place.files()).toEqual(before);
    expect(await readGeneration(place.dataDirectory, key)).toBeGreaterThanOrEqual(acknowledged);
  });

  it('an encrypted store is backed up in encrypted form, and the backup opens with the same key', async () => {
    await place.write(KEY);
    const backup = join(place.parent, 'restored', 'whatsapp.sqlite');
    await mkdir(join(place.parent, 'restored'));
    await expect(backUpStore({ dataDirectory: place.dataDirectory, file: backup })).rejects.toThrow(
      StoreKeyMissing,
    );
    await backUpStore({ dataDirectory: place.dataDirectory, encryptionKey: KEY, file: backup });
    const bytes = await readFile(backup);
    for (const text of ['SQLite format', SECRET, '491700000001', 'auth_state']) {
      expect(bytes.includes(text)).toBe(false);
    }
    expect(await place.credentials(KEY, join(place.parent, 'restored'))).toBe(SECRET);
  });
});
