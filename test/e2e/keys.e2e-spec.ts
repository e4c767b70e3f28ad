import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type KeyAnswer,
  type KeyRequest,
  KEYS_SUBJECT,
  type ListedKey,
  type NewKey,
} from '../../src/security/keys/key-request.js';
import { makeSecret } from '../../src/security/secret.js';
import { askDesk } from '../../src/storage/sqlite/desk-call.js';
import { SCOPES } from '../../src/whatsapp/domain/scope.js';
import { EventClient } from '../support/event-client.js';
import { eventually } from '../support/eventually.js';
import { COMMAND, type Ended, keysIn } from '../support/keys-command.js';
import { ServiceProcess, SHORT_TIMINGS } from '../support/service-process.js';

const DAY_MS = 24 * 60 * 60 * 1_000;
const NO_SERVER = { url: 'ws://127.0.0.1:9/ws/chat' };
/** A pairing that finds no server waits to try again, and its readers wait for a code. */
const KEEPS_WAITING = { ...SHORT_TIMINGS, retryDelaysMs: [15_000] };
const KEY = /^wak_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}$/;

const directories: string[] = [];
let dataDir: string;
let service: ServiceProcess;

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'keys-'));
  directories.push(directory);
  return directory;
}

beforeAll(async () => {
  dataDir = await newDirectory();
  service = await start();
});
afterAll(async () => {
  await service.stop();
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

const start = (environment: Record<string, string> = {}): Promise<ServiceProcess> =>
  ServiceProcess.start({ dataDir, server: NO_SERVER, timings: KEEPS_WAITING, environment });

const keys = (...args: string[]): Promise<Ended> => keysIn(dataDir, ...args);

async function created(name: string, ...options: string[]): Promise<string> {
  const { out, err } = await keys('create', name, ...options);
  expect([out, err]).toEqual([expect.stringMatching(KEY), expect.stringContaining(`"${name}"`)]);
  return out;
}

const headers = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

/** What a call with this key is answered: a status, and the code of an error. */
async function calling(key?: string): Promise<string> {
  const { status, body } = await service.call(
    'GET',
    '/api/whatsapp/accounts',
    undefined,
    key ? headers(key) : {},
  );
  return [status, (body as { code?: string }).code].join(' ').trim();
}

/** What the command asks the running service, without a process for it. */
async function ask(request: KeyRequest): Promise<Extract<KeyAnswer, { ok: true }>> {
  const answer = JSON.parse(
    (await askDesk(dataDir, KEYS_SUBJECT, JSON.stringify(request))) ?? '',
  ) as KeyAnswer;
  if (!answer.ok) throw new Error(answer.message);
  return answer;
}

async function listed(): Promise<readonly ListedKey[]> {
  const answer = await ask({ do: 'list' });
  return answer.did === 'list' ? answer.keys : [];
}

async function made(name: string, more: Partial<NewKey> = {}): Promise<string> {
  const { text, hash } = makeSecret('wak');
  await ask({ do: 'create', key: { name, hash, scopes: SCOPES, accounts: null, lifetimeMs: null, ...more } });
  return text;
}

describe('the keys of a running service', () => {
  let first: string;

  it('the first one closes the door at once, also to those who are reading', async () => {
    const reader = await EventClient.open(service.url);
    expect(await calling()).toBe('200');
    expect((await keys('list')).out).toContain('nobody has to prove who they are');
    first = await created('first');
    await reader.isDropped(5_000);
    expect(reader.hasEnded).toBe(true);
    expect(await calling()).toBe('401 key_missing');
    expect(await calling(first)).toBe('200');
  });

  it('lives only as long as it is not revoked: then its readers are gone, too, and whoever waits is told', async () => {
    const second = await created('second', '--scopes', 'pair,read', '--accounts', 'acme,shop-*');
    const [reader, other] = [
      await EventClient.open(service.url, '', headers(second)),
      await EventClient.open(service.url, '', headers(first)),
    ];
    await service.call('POST', '/api/whatsapp/pair', { accountId: 'acme' }, headers(second));
    const path = '/api/whatsapp/pair/qr?accountId=acme&format=json&waitMs=20000';
    const waiting = service.call('GET', path, undefined, headers(second));
    expect((await keys('revoke', 'second')).code).toBe(0);
    expect(await waiting).toMatchObject({ status: 401, body: { code: 'key_revoked' } });
    await reader.isDropped(5_000);
    expect(other.isGone).toBe(false);
    other.hangUp();
    expect(await calling(second)).toBe('401 key_revoked');
  });

  it('expires by itself: then its readers are gone, too', async () => {
    const short = await made('short', { lifetimeMs: DAY_MS });
    const reader = await EventClient.open(service.url, '', headers(short));
    await service.shiftClock(DAY_MS - 1_000);
    const late = await made('late', { lifetimeMs: DAY_MS });
    await reader.isDropped(10_000);
    expect(await calling(short)).toBe('401 key_expired');
    expect(await calling(late)).toBe('200');
    await service.shiftClock(0);
  });

  it('is listed with what it may do and when it was used, and not as a secret', async () => {
    const { out } = await keys('list');
    const [, one, two] = out.split('\n');
    expect(one).toMatch(/^\w{8} +first +live +read,pair,disconnect,admin +all +\S+ \S+ +never +20\S+ \S+$/);
    expect(two).toMatch(/^\w{8} +second +revoked +read,pair +acme,shop-\* +\S+ \S+ +never +20\S+ \S+$/);
    expect(out).not.toContain(first.slice(13));
    expect(out).not.toMatch(/1\.[\w-]{22}\./);
  });

  it('has its name for itself, and two that are made at once are two', async () => {
    const again = await keys('create', 'first');
    expect([again.code, again.out, again.err]).toEqual([1, '', expect.stringContaining('already')]);
    const ended = await Promise.allSettled(['a', 'b', 'a'].map((name) => made(name)));
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect((await listed()).filter(({ name }) => name === 'a')).toHaveLength(1);
  });

  it('is revoked by its id, and by the key itself, which is not shown again', async () => {
    const id = (await listed()).find(({ name }) => name === 'a')?.id ?? '';
    await ask({ do: 'revoke', key: id });
    await expect(ask({ do: 'revoke', key: id })).rejects.toThrow(`The key "${id}" was revoked already.`);
    const known = await made('known');
    const { code, out, err } = await keys('revoke', known);
    expect([code, out.includes('"known"'), (out + err).includes(known.slice(13))]).toEqual([0, true, false]);
  });

  it('stands in no log and in no file of the store', async () => {
    const output = service.output;
    expect(output).toContain('The key "first"');
    for (const name of ['whatsapp.sqlite', 'whatsapp.sqlite-wal']) {
      const bytes = await readFile(join(dataDir, name));
      expect([name, bytes.includes(first.slice(13))]).toEqual([name, false]);
    }
    expect(output).not.toContain(first.slice(13));
  });

  it('whoever hangs up in the middle leaves a whole key or none, and a service that goes on', async () => {
    const request = JSON.stringify({ do: 'create', key: { name: 'cut' } });
    for (const said of [
      '',
      'keys 1\n',
      `keys 1\n${request.slice(0, 20)}`,
      `keys 1\n${request}\n`,
      '{}\n',
      'keys 1\n{}\n',
    ]) {
      const socket = connect(join(dataDir, 'store.sock'));
      await once(socket, 'connect');
      socket.end(said);
      await once(socket.resume(), 'close');
    }
    expect((await listed()).filter(({ name }) => name === 'cut')).toEqual([]);
    expect(await calling(first)).toBe('200');
  });

  it('the last one that is revoked leaves the door closed, also after a restart', async () => {
    for (const { id, state } of await listed()) if (state === 'live') await ask({ do: 'revoke', key: id });
    expect(await calling()).toBe('401 key_missing');
    expect(await calling(first)).toBe('401 key_revoked');
    await service.stop();
    service = await start({ WHATSAPP_ALLOW_ANONYMOUS: 'true' });
    expect(await calling()).toBe('401 key_missing');
    expect(service.output).toContain('WHATSAPP_ALLOW_ANONYMOUS=true has no effect');
  });

  it('what was done by command stands in the audit trail', async () => {
    const admin = await made('auditor', { scopes: ['admin'] });
    const { body } = await service.call('GET', '/api/whatsapp/audit?limit=200', undefined, headers(admin));
    const { entries } = body as { entries: { action: string; by: { kind: string }; result: string }[] };
    const byCommand = entries.filter(({ by }) => by.kind === 'command');
    expect(new Set(byCommand.map(({ action, result }) => `${action} ${result}`))).toEqual(
      new Set(['create_key ok', 'revoke_key ok']),
    );
    expect(byCommand.filter(({ action }) => action === 'create_key')).toHaveLength((await listed()).length);
  });
});

describe('the keys of a service that does not run', () => {
  it('are made, listed and revoked in its store, also where it was killed, and two commands wait for each other', async () => {
    await service.kill();
    const both = await Promise.all([keys('create', 'offline'), keys('create', 'other')]);
    expect(both.map(({ code, out }) => [code, KEY.test(out)])).toEqual([
      [0, true],
      [0, true],
    ]);
    expect((await keys('revoke', 'other')).code).toBe(0);
    service = await start();
    expect(await calling(both[0].out)).toBe('200');
    expect(await calling(both[1].out)).toBe('401 key_revoked');
  });

  it('a command that is killed leaves a whole key or none', async () => {
    const directory = await newDirectory();
    await keysIn(directory, 'create', 'kept');
    for (let kill = 0; kill < 5; kill++) {
      const env = { PATH: process.env['PATH'], WHATSAPP_DATA_DIR: directory };
      const child = spawn(process.execPath, [COMMAND, 'create', `killed-${kill}`], { env, stdio: 'ignore' });
      const before = performance.now();
      const wal = join(directory, 'whatsapp.sqlite-wal');
      // From the moment on that it has the store open.
      await eventually(
        async () =>
          child.exitCode !== null ||
          (await readFile(wal).then(
            () => true,
            () => false,
          )),
        5_000,
        () => 'it has not opened the store',
        1,
      );
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      expect(performance.now() - before).toBeLessThan(10_000);
    }
    const { code, out } = await keysIn(directory, 'list');
    expect(code).toBe(0);
    for (const line of out.split('\n').slice(1)) {
      expect(line).toMatch(
        /^\w{8} +(kept|killed-\d) +live +read,pair,disconnect,admin +all +\S+ \S+ +never +never$/,
      );
    }
    expect(out).toContain(' kept ');
  });

  it('are not looked for where there is no store', async () => {
    const directory = await newDirectory();
    for (const args of [['list'], ['revoke', 'x']]) {
      expect(await keysIn(join(directory, 'none'), ...args)).toMatchObject({
        code: 1,
        err: expect.stringMatching(/There is no store in/) as unknown,
      });
    }
  });

  it('a service that hides, is silent or is of another version is told of', async () => {
    const silent = await newDirectory();
    await writeFile(join(silent, 'whatsapp.sqlite'), '');
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(
      join(silent, 'store.sock'),
    );
    await once(server, 'listening');
    await rename(join(dataDir, 'store.sock'), join(dataDir, 'hidden.sock'));
    const [mute, hidden] = await Promise.all([keysIn(silent, 'list'), keys('create', 'nobody')]);
    server.close();
    expect(mute).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/does not answer \(waited 5 s\)/) as unknown,
    });
    expect(hidden).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/does not answer about keys/) as unknown,
    });
    await rename(join(dataDir, 'hidden.sock'), join(dataDir, 'store.sock'));
    expect((await listed()).filter(({ name }) => name === 'nobody')).toEqual([]);
  });
});

describe('keys of the configuration', () => {
  it('let in like the others, are listed, and are taken out where they stand', async () => {
    const [key = '', entry = ''] = (
      await keys('hash', 'web', '--scopes', 'read', '--accounts', 'acme')
    ).out.split('\n');
    expect([KEY.test(key), entry.startsWith('web:1.'), entry.endsWith(':read:acme')]).toEqual([
      true,
      true,
      true,
    ]);
    await service.stop();
    service = await start({ WHATSAPP_API_KEYS: entry });
    expect(await calling(key)).toBe('200');
    expect((await listed()).find(({ name }) => name === 'web')).toMatchObject({
      state: 'live',
      scopes: ['read'],
      accounts: ['acme'],
      createdAt: null,
    });
    await expect(ask({ do: 'revoke', key: 'web' })).rejects.toThrow('WHATSAPP_API_KEYS');
    await expect(made('web')).rejects.toThrow('already');
  });
});

describe('a wrong call', () => {
  it('says how it is right, on standard error, and does nothing', async () => {
    const { code, out, err } = await keysIn('/nowhere', 'create', 'x', '--scopes', 'write');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('Usage: npm run keys -- COMMAND');
    expect(err).not.toContain('    at ');
  });
});
