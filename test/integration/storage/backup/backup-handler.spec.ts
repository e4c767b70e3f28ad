import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { controlAddress } from '../../../../src/control-socket/control-address.js';
import { SqliteDatabase } from '../../../../src/storage/sqlite/database/sqlite-database.js';
import { BACKUP_PATH } from '../../../../src/storage/sqlite/maintenance/backup-handler.js';
import { SqliteStorageModule } from '../../../../src/storage/sqlite/sqlite-storage.module.js';
import { AuthStateStore } from '../../../../src/whatsapp/ports/auth-state.store.js';
import { accepted, bytes, hex, holdOf, id } from '../../../contract/storage-subject.js';
import { eventually } from '../../../support/eventually.js';
import { BackupCall } from './backup-call.js';

let parent: string;
let dataDirectory: string;
let app: TestingModule;

async function start(): Promise<void> {
  app = await Test.createTestingModule({
    imports: [SqliteStorageModule.forRoot({ dataDirectory, lockWaitMs: 0 })],
  }).compile();
  await app.init();
}

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'whatsapp-store-'));
  dataDirectory = join(parent, 'data');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
  await rm(parent, { recursive: true });
});

const ask = (): Promise<BackupCall> => BackupCall.open(dataDirectory);

/** Returns everything that the service sends to a client with this request, until it closes the connection. */
async function answerTo(request: string): Promise<string> {
  const socket = connect(controlAddress(dataDirectory) ?? '');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const closed = new Promise((resolve) => {
    // The service may reset the connection of a client that is still sending. `once` of Node would reject then.
    socket.on('error', () => undefined).on('close', resolve);
  });
  socket.write(request);
  await closed;
  return Buffer.concat(chunks).toString();
}

/** Hashes the file in another process: closing a descriptor in this one would release SQLite's lock. */
const hashOfFile = (): string =>
  execFileSync(process.execPath, [
    '-e',
    'console.log(crypto.createHash("sha256").update(fs.readFileSync(process.argv[1])).digest("hex"))',
    join(dataDirectory, 'whatsapp.sqlite'),
  ]).toString();

const store = (): AuthStateStore => app.get(AuthStateStore, { strict: false });

let written = 0;
async function writeMegabytes(count: number): Promise<void> {
  const writer = await store().open(holdOf('large'));
  for (let megabyte = 0; megabyte < count; megabyte++) {
    const value = randomBytes(1_000_000);
    await writer.write({ keys: [{ type: 'session', id: String(written++), value }] });
  }
}

/** Waits until SQLite writes the log into the file, as it does with a long log. */
async function mergesLog(before: string): Promise<void> {
  const changes = async (): Promise<boolean> => {
    await writeMegabytes(1);
    return hashOfFile() !== before;
  };
  await eventually(changes, 5_000, () => 'the file of the store has not changed');
}

describe('the control socket of a store', () => {
  it('the control socket exists only while the store is open, and only its owner can use it', async () => {
    await start();
    expect((await stat(join(dataDirectory, 'store.sock'))).mode & 0o777).toBe(0o600);
    await app.close();
    expect(await readdir(dataDirectory)).toEqual(['whatsapp.sqlite']);
  });

  it('a control socket that an ended service left behind is replaced', async () => {
    await mkdir(dataDirectory);
    await writeFile(join(dataDirectory, 'store.sock'), '');
    await start();
    expect(await (await ask()).hears()).toBe('copy');
  });

  it('a service whose control socket cannot be made starts and logs a warning', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await mkdir(join(dataDirectory, 'store.sock'), { recursive: true });
    await start();
    expect(await store().load(id('sales'))).toBeNull();
    expect(warn.mock.calls.flat().join()).toMatch(/Stop the service before you back up the store/);
  });

  it('a client that sends anything else is refused, and the next request works', async () => {
    await start();
    const post = `POST ${BACKUP_PATH} HTTP/1.1\r\nHost: x\r\n`;
    const others = [
      '',
      'GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n',
      'x'.repeat(100_000),
      `${post}X: ${'x'.repeat(100_000)}\r\n\r\n`,
      // The head never ends.
      post,
      // This client does not wait until the service accepts its request.
      `${post}Content-Length: 0\r\n\r\n`,
    ];
    for (const answer of await Promise.all(others.map(answerTo))) {
      expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d .*)?$/s);
    }
    expect(await (await ask()).hears()).toBe('copy');
  });

  it('one copy is made at a time, in the order of the requests, and closed connections are skipped', async () => {
    await start();
    const first = await ask();
    expect(await first.hears()).toBe('copy');
    const gone = await ask();
    expect(await gone.hears()).toBe('wait');
    const third = await ask();
    expect(await third.hears()).toBe('wait');
    gone.hangUp();
    first.copied();
    expect(await first.hears()).toBe('kept');
    expect(await third.hears()).toBe('copy');
    third.copied();
    expect(await third.hears()).toBe('kept');
  });
});

describe('the store while it is copied', () => {
  it('the file stays unchanged during any number of writes, and the log is merged afterwards', async () => {
    await start();
    await (await store().open(holdOf('sales'))).write(accepted('before'));
    const connection = await ask();
    expect(await connection.hears()).toBe('copy');
    const before = hashOfFile();
    await writeMegabytes(12);
    expect(hashOfFile()).toBe(before);
    connection.copied();
    expect(await connection.hears()).toBe('kept');
    await mergesLog(before);
  });

  it('an erasure happens at once, and makes the copy useless', async () => {
    await start();
    const writer = await store().open(holdOf('sales'));
    await writer.write(accepted('sales'));
    const connection = await ask();
    expect(await connection.hears()).toBe('copy');
    const before = hashOfFile();
    await writer.erase();
    expect(hashOfFile()).not.toBe(before);
    connection.copied();
    expect(await connection.hears()).toBe('changed');
  });

  it('a copy that is given up ends the freeze of the file', async () => {
    await start();
    const connection = await ask();
    expect(await connection.hears()).toBe('copy');
    const before = hashOfFile();
    connection.hangUp();
    const next = await ask();
    expect(await next.hears()).toMatch(/copy|wait/);
    next.hangUp();
    await mergesLog(before);
  });

  it('the service can end, which makes the copy useless and loses no data', async () => {
    await start();
    const connection = await ask();
    expect(await connection.hears()).toBe('copy');
    await (await store().open(holdOf('sales'))).write({ credentials: bytes('late') });
    await app.close();
    connection.copied();
    expect(await connection.hears()).toBeNull();
    const database = await SqliteDatabase.open({ dataDirectory, lockWaitMs: 0 });
    await database.close();
    await start();
    expect(hex(await store().load(id('sales')))).toBe(hex(bytes('late')));
  });
});
