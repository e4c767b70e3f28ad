import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DeskLine } from '../../src/storage/sqlite/desk-line.js';
import { SqliteAuthStateStore } from '../../src/storage/sqlite/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.js';
import { backUpStore } from '../../src/storage/sqlite/store-backup.js';
import { accepted, holdOf } from '../contract/storage-subject.js';
import { eventually } from '../support/eventually.js';
import { readGeneration } from './generation.js';
import { built, startProgram } from './programs.js';

/*
 * `npm run store -- backup FILE` as people call it, on stores that other processes have open. What happens between the
 * two is in backup-desk.spec.ts.
 */

let parent: string;
let dataDirectory: string;
let backups: string;
let services: Service[];
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'whatsapp-store-'));
  dataDirectory = join(parent, 'data');
  backups = join(parent, 'backups');
  services = [];
  await mkdir(backups);
});
afterEach(async () => {
  for (const service of services) await service.kill();
  await rm(parent, { recursive: true });
});

/** Writes one generation after the other (serving.program.ts). */
class Service {
  last = 0;

  private constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => {
      for (const number of chunk.toString().match(/\d+(?=\n)/g) ?? []) this.last = Number(number);
    });
  }

  static async start(cwd = process.cwd(), directory = dataDirectory, ...args: string[]): Promise<Service> {
    const service = new Service(startProgram('serving', [directory, ...args], { cwd }));
    services.push(service);
    await service.writes(1);
    return service;
  }

  /** Waits until so many more generations are acknowledged. */
  async writes(more: number): Promise<void> {
    const from = this.last;
    await eventually(
      () => this.last >= from + more,
      10_000,
      () => `stays at ${this.last}`,
    );
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

function backUp(file: string): Promise<Ended> {
  return store('backup', file);
}

function store(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, WHATSAPP_DATA_DIR: dataDirectory };
    execFile(process.execPath, [built('service/store.js'), ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

/** The generation in a service's data directory that holds nothing but the backup. */
async function restored(file: string): Promise<number> {
  const directory = await mkdtemp(join(parent, 'restored-'));
  await copyFile(file, join(directory, 'whatsapp.sqlite'));
  return readGeneration(directory);
}

async function writeOnce(directory = dataDirectory): Promise<void> {
  const database = await SqliteDatabase.open({ dataDirectory: directory });
  await (await new SqliteAuthStateStore(database).open(holdOf('sales'))).write(accepted('sales'));
  await database.close();
}

const names = (): Promise<string[]> => readdir(backups);
const WRITTEN = { code: 0, output: expect.stringContaining('Backed up the store to') as unknown };
const refused = (reason: string | RegExp) => ({ code: 1, output: expect.stringMatching(reason) as unknown });

describe('a backup while the service runs', () => {
  it('is one generation of the store, not older than the call, and a complete file of its own', async () => {
    const service = await Service.start();
    for (const name of ['first', 'second']) {
      const file = join(backups, name);
      const acknowledged = service.last;
      expect(await backUp(file)).toEqual(WRITTEN);
      const generation = await restored(file);
      expect(generation).toBeGreaterThanOrEqual(acknowledged);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      // The file format's write and read version: 1 needs no log beside it, 2 would.
      expect([...(await readFile(file)).subarray(18, 20)]).toEqual([1, 1]);
      await service.writes(generation - service.last + 5);
    }
    expect(await names()).toEqual(['first', 'second']);
    await service.kill();
    expect(await readGeneration(dataDirectory)).toBeGreaterThanOrEqual(service.last);
  });

  it('is made also while accounts are erased all the time', async () => {
    await Service.start(process.cwd(), dataDirectory, 'erasing');
    expect(await backUp(join(backups, 'file'))).toEqual(WRITTEN);
    expect(await restored(join(backups, 'file'))).toBeGreaterThan(0);
  });

  it('is made for several at once, and a name goes to one of them', async () => {
    await Service.start();
    const ended = await Promise.all(['a', 'b', 'b'].map((name) => backUp(join(backups, name))));
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 0, 1]);
    expect(ended.find(({ code }) => code === 1)).toEqual(refused('exists already'));
    expect(await names()).toEqual(['a', 'b']);
    for (const name of ['a', 'b']) expect(await restored(join(backups, name))).toBeGreaterThan(0);
  });

  it('gives up when the service is frozen, and works when it has thawed', async () => {
    const service = await Service.start();
    service.child.kill('SIGSTOP');
    expect(await backUp(join(backups, 'file'))).toEqual(refused('does not answer'));
    expect(await names()).toEqual([]);
    service.child.kill('SIGCONT');
    expect(await backUp(join(backups, 'file'))).toEqual(WRITTEN);
  });

  it('leaves nothing that looks like a backup when it is killed, and the service as it was', async () => {
    const service = await Service.start();
    const args = [built('service/store.js'), 'backup', join(backups, 'file')];
    const env = { ...process.env, WHATSAPP_DATA_DIR: dataDirectory };
    const began = performance.now();
    expect(await backUp(join(backups, 'other'))).toEqual(WRITTEN);
    const takesMs = performance.now() - began;
    for (const part of [0.6, 0.75, 0.9]) {
      const command = spawn(process.execPath, args, { env, stdio: 'ignore' });
      const timer = setTimeout(() => command.kill('SIGKILL'), part * takesMs);
      await once(command, 'exit');
      clearTimeout(timer);
      const left = (await names()).filter((name) => !name.startsWith('.whatsapp-backup-'));
      if (left.includes('file')) {
        expect(await restored(join(backups, 'file'))).toBeGreaterThan(0);
        await rm(join(backups, 'file'));
      } else expect(left).toEqual(['other']);
      await service.writes(5);
    }
    expect(await backUp(join(backups, 'file'))).toEqual(WRITTEN);
  });

  it('is stopped by a signal while it waits, and leaves nothing', async () => {
    const service = await Service.start();
    service.child.kill('SIGSTOP');
    const env = { ...process.env, WHATSAPP_DATA_DIR: dataDirectory };
    const args = [built('service/store.js'), 'backup', join(backups, 'file')];
    const command = spawn(process.execPath, args, { env, stdio: 'ignore' });
    await eventually(
      async () => (await names()).length > 0,
      5_000,
      () => 'it has not begun',
    );
    command.kill('SIGTERM');
    expect(await once(command, 'exit')).toEqual([1, null]);
    expect(await names()).toEqual([]);
  });
});

describe('a backup while no service runs', () => {
  it('holds what a killed service has left in its log, and the next service starts on what it left', async () => {
    const service = await Service.start();
    await service.writes(20);
    await service.kill();
    expect(await readdir(dataDirectory)).toContain('store.sock');
    expect(await backUp(join(backups, 'file'))).toEqual(WRITTEN);
    expect(await restored(join(backups, 'file'))).toBeGreaterThanOrEqual(service.last);
    await Service.start();
    expect(await backUp(join(backups, 'another'))).toEqual(WRITTEN);
  });

  it('leaves a store of an older version in that version', async () => {
    await mkdir(dataDirectory);
    await copyFile('test/storage/version-1.sqlite', join(dataDirectory, 'whatsapp.sqlite'));
    await backUpStore({ dataDirectory, file: join(backups, 'file') });
    for (const file of [join(dataDirectory, 'whatsapp.sqlite'), join(backups, 'file')]) {
      // The file format's user version.
      expect((await readFile(file)).readUInt32BE(60)).toBe(1);
    }
  });

  it('is made of a damaged store, too, and says so', async () => {
    await writeOnce();
    const file = await open(join(dataDirectory, 'whatsapp.sqlite'), 'r+');
    const { size } = await file.stat();
    // The last page is one of the account's table.
    await file.write(Buffer.alloc(4_096, 0xff), 0, 4_096, size - 4_096);
    await file.close();
    expect(await backUp(join(backups, 'file'))).toEqual(
      refused('The store is damaged, and so is the backup'),
    );
    expect(await names()).toEqual(['file']);
  });
});

describe('where the path of the data directory is long', () => {
  const long = (): string => join(parent, 'd'.repeat(120));

  it('backups work through a relative path that is short enough', async () => {
    dataDirectory = join(long(), 'data');
    await mkdir(long());
    await Service.start(long());
    expect(await readdir(dataDirectory)).toContain('store.sock');
    expect(await backUp(join(backups, 'file'))).toEqual(WRITTEN);
  });

  it('the service runs without, and the command says what to do', async () => {
    dataDirectory = join(long(), 'e'.repeat(120));
    const service = await Service.start();
    expect(await readdir(dataDirectory)).not.toContain('store.sock');
    expect(await backUp(join(backups, 'file'))).toEqual(refused('takes no calls for backups.*Stop it first'));
    await service.kill();
    expect(await backUp(join(backups, 'file'))).toEqual(WRITTEN);
  });
});

const refusal = (...name: string[]): Promise<string> =>
  backUpStore({ dataDirectory, file: join(backups, ...name) }).then(
    () => 'made',
    (error: unknown) => (error as Error).message,
  );

describe('what the service says while its store is copied', () => {
  let calls: number;

  /** A service in this process that says these words, the last of them again and again; a call for each. */
  async function says(first: string, ...ends: string[]): Promise<Server> {
    await writeOnce();
    calls = 0;
    const server = createServer((socket) => {
      const line = new DeskLine(socket);
      void (async () => {
        await line.hear(5_000);
        line.say(first);
        await line.hear(5_000);
        line.say(ends[Math.min(calls++, ends.length - 1)] ?? '');
        line.hangUp();
      })();
    });
    server.listen(join(dataDirectory, 'store.sock'));
    await once(server, 'listening');
    return server;
  }

  it('is heard: a copy of what changed meanwhile is made again, ten times at most', async () => {
    let server = await says('copy', 'changed', 'changed', 'kept');
    expect(await refusal('file')).toBe('made');
    expect([calls, await names()]).toEqual([3, ['file']]);
    server.close();
    await rm(dataDirectory, { recursive: true });
    server = await says('copy', 'changed');
    expect(await refusal('another')).toContain('changed during every attempt');
    expect([calls, await names()]).toEqual([10, ['file']]);
    server.close();
  });

  it.each([
    ['failed', 'could not write its store'],
    ['later', 'of another version'],
  ])('ends it: %s', async (word, reason) => {
    const server = await says(word);
    expect(await refusal('file')).toContain(reason);
    expect(await names()).toEqual([]);
    server.close();
  });
});

describe('no backup is made', () => {
  it('in the place of a file, without a directory, or without a store', async () => {
    expect(await refusal('file')).toContain('There is no store in');
    await mkdir(dataDirectory);
    await writeFile(join(dataDirectory, 'whatsapp.sqlite'), '');
    expect(await refusal('file')).toContain('The store is empty');
    await writeFile(join(dataDirectory, 'whatsapp.sqlite'), 'some other file');
    expect(await refusal('file')).toContain('is not a store of this service');
    await rm(dataDirectory, { recursive: true });
    await writeOnce();
    expect(await refusal('no', 'file')).toBe(`There is no directory "${join(backups, 'no')}".`);
    await writeFile(join(backups, 'taken'), 'kept');
    expect(await refusal('taken')).toContain('exists already');
    expect(await readFile(join(backups, 'taken'), 'utf8')).toBe('kept');
    expect(await names()).toEqual(['taken']);
  });

  it('by a call that is wrong, which is told how it is right', async () => {
    for (const args of [[], ['backup', 'a', 'b'], ['restore', 'a'], ['backup', '--to', 'a']]) {
      expect(await store(...args)).toEqual(refused('Usage: npm run store -- backup FILE'));
    }
    expect(await backUp(join(backups, 'file'))).toEqual(refused('There is no data directory'));
  });
});
