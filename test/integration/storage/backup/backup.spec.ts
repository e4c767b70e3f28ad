import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { backUpStore } from '../../../../src/storage/sqlite/maintenance/store-backup.js';
import { BackupPlace } from './backup-place.js';

/*
 * Backups of stores that other processes have open, or had open. See store-command.spec.ts for the command, and
 * backup-handler.spec.ts for the messages between the two processes.
 */

let place: BackupPlace;
beforeEach(async () => {
  place = await BackupPlace.create();
});
afterEach(() => place.dispose());

describe('a backup while the service runs', () => {
  it('a backup is made while accounts are erased all the time', async () => {
    await place.serve({ erasing: true });
    expect(await place.backUp('file')).toBe('made');
    expect(await place.restored('file')).toBeGreaterThan(0);
  });

  it('several backups can run at once, and a name is given to only one of them', async () => {
    await place.serve();
    const ended = await Promise.all(['a', 'b', 'b'].map((name) => place.backUp(name)));
    expect(ended.filter((end) => end === 'made')).toHaveLength(2);
    expect(ended.find((end) => end !== 'made')).toContain('exists already');
    expect(await place.names()).toEqual(['a', 'b']);
    for (const name of ['a', 'b']) expect(await place.restored(name)).toBeGreaterThan(0);
  });

  it('a backup fails while the service is frozen, and succeeds afterwards', async () => {
    const service = await place.serve();
    service.signal('SIGSTOP');
    expect(await place.backUp('file')).toContain('does not answer');
    expect(await place.names()).toEqual([]);
    service.signal('SIGCONT');
    expect(await place.backUp('file')).toBe('made');
  });
});

describe('a backup while no service runs', () => {
  it('a backup contains the log of a killed service, and the next service starts on that store', async () => {
    const service = await place.serve();
    await service.writes(20);
    await service.kill();
    expect(await readdir(place.dataDirectory)).toContain('store.sock');
    expect(await place.backUp('file')).toBe('made');
    expect(await place.restored('file')).toBeGreaterThanOrEqual(service.last);
    await place.serve();
    expect(await place.backUp('another')).toBe('made');
  });

  it('a backup whose signal has aborted already is not made', async () => {
    await place.writeOnce();
    const { dataDirectory } = place;
    const backup = backUpStore({ dataDirectory, file: place.file('file'), signal: AbortSignal.abort() });
    await expect(backup).rejects.toThrow('Stopped.');
    expect(await place.names()).toEqual([]);
  });

  it('a store of an older version is copied in that version', async () => {
    await mkdir(place.dataDirectory);
    const store = join(place.dataDirectory, 'whatsapp.sqlite');
    await copyFile('test/integration/storage/version-1.sqlite', store);
    expect(await place.backUp('file')).toBe('made');
    for (const file of [store, place.file('file')]) {
      // The file format's user version.
      expect((await readFile(file)).readUInt32BE(60)).toBe(1);
    }
  });
});

describe('a backup and the answers of the service', () => {
  /** The status of each answer with which the service refuses. */
  const REFUSALS: Readonly<Record<string, number>> = { failed: 500, later: 425 };
  let calls: number;

  /** Starts a service in this process. Its calls end with `ends` in this order; the last one repeats. */
  async function serve(first: string, ...ends: string[]): Promise<Server> {
    await place.writeOnce();
    calls = 0;
    const server = createServer().on('checkContinue', (request, response) => {
      const status = REFUSALS[first];
      if (status !== undefined) return void response.writeHead(status, { connection: 'close' }).end();
      response.writeContinue();
      void text(request).then(() => {
        const end = ends[Math.min(calls++, ends.length - 1)];
        response.setHeader('connection', 'close').end(JSON.stringify({ kept: end === 'kept' }));
      });
    });
    server.listen(join(place.dataDirectory, 'store.sock'));
    await once(server, 'listening');
    return server;
  }

  it('a copy that changed in the meantime is made again, at most ten times', async () => {
    let server = await serve('copy', 'changed', 'changed', 'kept');
    expect(await place.backUp('file')).toBe('made');
    expect([calls, await place.names()]).toEqual([3, ['file']]);
    server.close();
    await rm(place.dataDirectory, { recursive: true });
    server = await serve('copy', 'changed');
    expect(await place.backUp('another')).toContain('changed during every attempt');
    expect([calls, await place.names()]).toEqual([10, ['file']]);
    server.close();
  });

  it.each([
    ['failed', 'could not write its store'],
    ['later', 'runs another version'],
  ])('an answer of the service ends the backup: %s', async (answer, reason) => {
    const server = await serve(answer);
    expect(await place.backUp('file')).toContain(reason);
    expect(await place.names()).toEqual([]);
    server.close();
  });
});

describe('a refused backup', () => {
  it('no backup is made over an existing file, without a directory or without a store', async () => {
    expect(await place.backUp('file')).toContain('There is no store in');
    await mkdir(place.dataDirectory);
    const store = join(place.dataDirectory, 'whatsapp.sqlite');
    await writeFile(store, '');
    expect(await place.backUp('file')).toContain('The store is empty');
    await writeFile(store, 'some other file');
    expect(await place.backUp('file')).toContain('is not a store of this service');
    await rm(place.dataDirectory, { recursive: true });
    await place.writeOnce();
    expect(await place.backUp('no', 'file')).toBe(`There is no directory "${place.file('no')}".`);
    await writeFile(place.file('taken'), 'kept');
    expect(await place.backUp('taken')).toContain('exists already');
    expect(await readFile(place.file('taken'), 'utf8')).toBe('kept');
    expect(await place.names()).toEqual(['taken']);
  });

  it('no backup is made when the path of the socket of a running service is too long for the system', async () => {
    place.dataDirectory = join(place.parent, 'd'.repeat(120), 'e'.repeat(120));
    const service = await place.serve();
    expect(await readdir(place.dataDirectory)).not.toContain('store.sock');
    expect(await place.backUp('file')).toMatch(/does not answer requests for backups.*Stop it first/);
    await service.kill();
    expect(await place.backUp('file')).toBe('made');
  });
});
