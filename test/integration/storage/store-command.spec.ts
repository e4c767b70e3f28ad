import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import type { Program } from '../../support/processes/program.js';
import { BackupPlace, refused, WRITTEN } from './backup/backup-place.js';
import { readGeneration } from './generation.js';

/* `npm run store -- …` as operators call it. Each call is a process; backup.spec.ts has the cases that need none. */

const KEYS = ['a', 'b', 'c'].map((letter) => Buffer.alloc(32, letter).toString('base64'));
const [KEY = '', NEW_KEY = '', OTHER = ''] = KEYS;

let place: BackupPlace;
beforeEach(async () => {
  place = await BackupPlace.create();
});
afterEach(() => place.dispose());

const backUp = (name: string): ReturnType<BackupPlace['command']> =>
  place.command(['backup', place.file(name)]);

const startBackup = (name: string): Program => place.start(['backup', place.file(name)]);

describe('store backup', () => {
  it('a backup is one complete file with one generation of the store, not older than the call', async () => {
    const service = await place.serve();
    const acknowledged = service.last;
    expect(await backUp('file')).toEqual(WRITTEN);
    expect(await place.restored('file')).toBeGreaterThanOrEqual(acknowledged);
    expect((await stat(place.file('file'))).mode & 0o777).toBe(0o600);
    // Write and read version of the file format: 1 has no log file, 2 has one.
    expect([...(await readFile(place.file('file'))).subarray(18, 20)]).toEqual([1, 1]);
    expect(await place.names()).toEqual(['file']);
    await service.writes(5);
    await service.kill();
    expect(await readGeneration(place.dataDirectory)).toBeGreaterThanOrEqual(service.last);
  });

  it('a killed backup command leaves no file that looks like a backup, and the service unchanged', async () => {
    const service = await place.serve();
    const began = performance.now();
    await startBackup('other').exit();
    const durationMs = performance.now() - began;
    for (const part of [0.6, 0.75, 0.9]) {
      const command = startBackup('file');
      await delay(part * durationMs);
      await command.kill();
      const left = (await place.names()).filter((name) => !name.startsWith('.whatsapp-backup-'));
      if (left.includes('file')) {
        expect(await place.restored('file')).toBeGreaterThan(0);
        await rm(place.file('file'));
      } else expect(left).toEqual(['other']);
      await service.writes(5);
    }
    expect(await place.backUp('file')).toBe('made');
  });

  it('a backup command that waits is stopped by a signal and leaves nothing', async () => {
    const service = await place.serve();
    service.signal('SIGSTOP');
    const command = startBackup('file');
    await eventually(
      async () => (await place.names()).length > 0,
      5_000,
      () => 'the command has not created a file',
    );
    expect([await command.stop(), command.endedBy]).toEqual([1, null]);
    expect(await place.names()).toEqual([]);
  });

  it('a damaged store is backed up too, with a message', async () => {
    await place.writeOnce();
    const file = await open(join(place.dataDirectory, 'whatsapp.sqlite'), 'r+');
    const { size } = await file.stat();
    // The last page is one of the account's table.
    await file.write(Buffer.alloc(4_096, 0xff), 0, 4_096, size - 4_096);
    await file.close();
    expect(await backUp('file')).toEqual(refused('The store is damaged, and the backup has the same damage'));
    expect(await place.names()).toEqual(['file']);
  });

  it('a backup works through a relative path when the path of the data directory is long', async () => {
    const long = join(place.parent, 'd'.repeat(120));
    place.dataDirectory = join(long, 'data');
    await mkdir(long);
    await place.serve({ cwd: long });
    expect(await readdir(place.dataDirectory)).toContain('store.sock');
    expect(await backUp('file')).toEqual(WRITTEN);
  });

  it('a wrong call of the store command prints its fault', async () => {
    expect(await place.command([])).toEqual(refused('^Usage: npm run store -- backup FILE'));
    expect(await backUp('file')).toEqual(refused('^There is no data directory'));
  });
});

describe('store encrypt, rekey and decrypt', () => {
  const done = (sentence: string) => ({ code: 0, output: expect.stringMatching(sentence) as unknown });

  it('the commands encrypt the store, change its key and remove it, and say what to do next without showing a key', async () => {
    await place.writeOnce();
    const store = join(place.dataDirectory, 'whatsapp.sqlite');
    const keyFile = place.file('key');
    await writeFile(keyFile, `${NEW_KEY}\n`);
    const ways = [
      ['encrypt', { WHATSAPP_ENCRYPTION_KEY: KEY }, done('^The store is encrypted.'), true],
      ['encrypt', { WHATSAPP_ENCRYPTION_KEY: OTHER }, refused('^The store is encrypted already'), true],
      [
        'rekey',
        { WHATSAPP_ENCRYPTION_KEY: KEY, WHATSAPP_NEW_ENCRYPTION_KEY_FILE: keyFile },
        done('^The store has the new key.'),
        true,
      ],
      [
        'decrypt',
        { WHATSAPP_ENCRYPTION_KEY: KEY },
        refused('encrypted with another key than the given one'),
        true,
      ],
      ['decrypt', { WHATSAPP_ENCRYPTION_KEY_FILE: keyFile }, done('^The store is not encrypted'), false],
    ] as const;
    for (const [name, environment, end, isEncrypted] of ways) {
      const ended = await place.command([name], environment);
      expect(ended).toEqual(end);
      for (const key of KEYS) expect(ended.output).not.toContain(key);
      expect((await readFile(store)).includes('SQLite format')).toBe(!isEncrypted);
    }
  });
});
