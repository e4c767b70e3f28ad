import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiKey } from '../../../src/security/ports/api-key.store.js';
import type { AuditEntry } from '../../../src/security/ports/audit-trail.store.js';
import { SqliteApiKeyStore } from '../../../src/storage/sqlite/stores/sqlite-api-key.store.js';
import { SqliteAuditTrailStore } from '../../../src/storage/sqlite/stores/sqlite-audit-trail.store.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { EventClient } from '../../support/clients/event-client.js';
import { KeyCommandClient } from '../../support/store/key-command-client.js';
import { Program, type ProgramOptions } from '../../support/processes/program.js';
import { runProgram, type Ended } from '../../support/processes/run-program.js';
import { NO_SERVER, ServiceProcess } from '../../support/processes/service-process.js';
import { SHORT_TIMINGS } from '../../support/processes/service-timings.js';

const DAY_MS = 24 * 60 * 60 * 1_000;
const COMMAND = 'dist/service/keys.js';
/** A pairing without a server waits for its next attempt, and its readers wait for a code. */
const KEEPS_WAITING = { ...SHORT_TIMINGS, retryDelaysMs: [15_000] };
/**
 * Writes after which the command is killed. Measured: the first command writes 60 times to the directory, later ones
 * 30 to 50.
 */
const KILLED_AT = [30, 16, 24];
const KEY = /^wak_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}$/;

let root: string;
let dataDir: string;
let keys: KeyCommandClient;
let service: ServiceProcess;
let first: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'keys-'));
  dataDir = join(root, 'data');
  keys = new KeyCommandClient(dataDir);
  service = await start();
});
afterAll(async () => {
  await service.stop();
  await rm(root, { recursive: true, force: true });
});

const start = (environment: Record<string, string> = {}): Promise<ServiceProcess> =>
  ServiceProcess.start({ dataDir, server: NO_SERVER, timings: KEEPS_WAITING, environment });

const headers = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

/** Returns the status of a call with this key, and the code of its error. */
async function calling(key?: string): Promise<string> {
  const shown = key ? headers(key) : {};
  const { status, body } = await service.call('GET', '/api/whatsapp/accounts', undefined, shown);
  return [status, (body as { code?: string }).code].join(' ').trim();
}

const commandOptions = (directory: string, ...args: string[]): ProgramOptions => ({
  args,
  environment: { WHATSAPP_DATA_DIR: directory },
  ipc: false,
});

const keysIn = (directory: string, ...args: string[]): Promise<Ended> =>
  runProgram(COMMAND, commandOptions(directory, ...args));

/** Creates a key, and kills the command after this number of writes to the directory of the store. */
async function killedAt(writes: number, directory: string): Promise<void> {
  const command = new Program(COMMAND, commandOptions(directory, 'create', `at-${writes}`));
  let seen = 0;
  const watcher = watch(directory, () => {
    if (++seen === writes) command.signal('SIGKILL');
  });
  await command.exit();
  watcher.close();
}

/** Reads keys and audit entries from the store of a stopped service. */
async function storeIn(
  dataDirectory: string,
): Promise<{ readonly stored: readonly ApiKey[]; readonly entries: readonly AuditEntry[] }> {
  const database = await SqliteDatabase.open({ dataDirectory });
  try {
    const trail = new SqliteAuditTrailStore(database);
    return {
      stored: await new SqliteApiKeyStore(database).list(),
      entries: await trail.list({ before: null, limit: 100, accountId: null }),
    };
  } finally {
    await database.close();
  }
}

describe('API keys of a running service', () => {
  it('the first key ends anonymous access at once, with open event streams', async () => {
    const reader = await EventClient.open(service.url);
    expect([await calling(), await keys.list()]).toEqual(['200', []]);
    const { out, err } = await keysIn(dataDir, 'create', 'first');
    expect(out).toMatch(KEY);
    expect(err).toMatch(/"first" \(\w{8}\) was created\. .*\nIt is the first key/);
    first = out;
    await reader.isDropped(5_000);
    expect(reader.hasEnded).toBe(true);
    expect(await calling()).toBe('401 key_missing');
    expect(await calling(first)).toBe('200');
    await expect(keys.create('first')).rejects.toThrow('There is a key "first" already');
  });

  it('a revoked key ends its event streams and its waiting calls at once', async () => {
    const second = await keys.create('second', { scopes: ['read', 'pair'], accounts: ['acme', 'shop-*'] });
    const [reader, other] = [
      await EventClient.open(service.url, '', headers(second)),
      await EventClient.open(service.url, '', headers(first)),
    ];
    await service.call('POST', '/api/whatsapp/pair', { accountId: 'acme' }, headers(second));
    const path = '/api/whatsapp/pair/qr?accountId=acme&format=json&waitMs=20000';
    const waiting = service.call('GET', path, undefined, headers(second));
    await keys.revoke('second');
    expect(await waiting).toMatchObject({ status: 401, body: { code: 'key_revoked' } });
    await reader.isDropped(5_000);
    expect(other.isGone).toBe(false);
    other.hangUp();
    expect(await calling(second)).toBe('401 key_revoked');
  });

  it('an expired key ends its event streams', async () => {
    const short = await keys.create('short', { lifetimeMs: DAY_MS });
    const reader = await EventClient.open(service.url, '', headers(short));
    await service.shiftClock(DAY_MS - 1_000);
    const late = await keys.create('late', { lifetimeMs: DAY_MS });
    await reader.isDropped(10_000);
    expect(await calling(short)).toBe('401 key_expired');
    expect(await calling(late)).toBe('200');
    await service.shiftClock(0);
  });

  it('the list shows the permissions of a key and its last use', async () => {
    const [one, two] = await keys.list();
    const lastUsedAt = expect.stringMatching(/^20.*Z$/) as unknown;
    expect(one).toMatchObject({ name: 'first', state: 'live', accounts: null, lastUsedAt });
    expect(two).toMatchObject({ name: 'second', state: 'revoked', scopes: ['read', 'pair'], lastUsedAt });
  });

  it('the secret of a key is in no log and in no file of the store', async () => {
    const secret = first.slice(13);
    expect(service.output).toContain('The key "first"');
    expect(service.output).not.toContain(secret);
    for (const name of ['whatsapp.sqlite', 'whatsapp.sqlite-wal']) {
      const bytes = await readFile(join(dataDir, name));
      expect([name, bytes.includes(secret)]).toEqual([name, false]);
    }
  });

  it('a command client that disconnects leaves no partial key, and the service keeps running', async () => {
    const request = JSON.stringify({ do: 'create', key: { name: 'cut' } });
    const head = (length: number): string =>
      `POST /v1/keys HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n`;
    const expecting = `${head(request.length)}Expect: 100-continue\r\n\r\n`;
    for (const sent of [
      '',
      head(request.length),
      expecting,
      `${expecting}${request.slice(0, 20)}`,
      `${expecting}${request}`,
      `${head(request.length)}\r\n${request}`,
      '{}\n',
      `${head(2)}Expect: 100-continue\r\n\r\n{}`,
    ]) {
      const socket = connect(join(dataDir, 'store.sock'));
      await once(socket, 'connect');
      socket.end(sent);
      await once(socket.resume(), 'close');
    }
    expect((await keys.list()).filter(({ name }) => name === 'cut')).toEqual([]);
    expect(await calling(first)).toBe('200');
  });

  it('revoking the last key does not permit anonymous calls again', async () => {
    for (const { id, state } of await keys.list()) if (state === 'live') await keys.revoke(id);
    expect(await calling()).toBe('401 key_missing');
    expect(await calling(first)).toBe('401 key_revoked');
  });
});

describe('API keys of a stopped service', () => {
  it('two commands create and revoke keys in the store of a killed service, one after the other', async () => {
    await service.kill();
    const both = await Promise.all(['offline', 'other'].map((name) => keysIn(dataDir, 'create', name)));
    expect(both.map(({ code, out }) => [code, KEY.test(out)])).toEqual([
      [0, true],
      [0, true],
    ]);
    const [offline = '', other = ''] = both.map(({ out }) => out);
    const revoked = await keysIn(dataDir, 'revoke', other);
    expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining('"other"') as unknown });
    expect(revoked.out + revoked.err).not.toContain(other.slice(13));

    const hash = await keysIn(dataDir, 'hash', 'web', '--scopes', 'read', '--accounts', 'acme');
    const [web = '', entry = ''] = hash.out.split('\n');
    service = await start({ WHATSAPP_API_KEYS: entry, WHATSAPP_ALLOW_ANONYMOUS: 'true' });
    expect(service.output).toContain('WHATSAPP_ALLOW_ANONYMOUS=true has no effect');
    expect(await calling()).toBe('401 key_missing');
    expect(await calling(offline)).toBe('200');
    expect(await calling(other)).toBe('401 key_revoked');
    expect(await calling(first)).toBe('401 key_revoked');
    expect(await calling(web)).toBe('200');
    expect((await keys.list()).at(-1)).toMatchObject({ name: 'web', scopes: ['read'], accounts: ['acme'] });
  });

  it('a killed command leaves a complete key or none, and every key has an audit entry', async () => {
    const directory = join(root, 'killed');
    await mkdir(directory, { mode: 0o700 });
    for (const writes of KILLED_AT) await killedAt(writes, directory);
    await keysIn(directory, 'create', 'kept');
    const { stored, entries } = await storeIn(directory);
    const begun = entries.map(({ action, subject }) => [action, subject]);
    expect(stored.at(-1)?.name).toBe('kept');
    for (const { id } of stored) expect(begun).toContainEqual(['create_key', id]);
    const { code, out } = await keysIn(directory, 'list');
    const ids = out
      .split('\n')
      .slice(1)
      .map((line) => line.slice(0, 8));
    expect([code, ids]).toEqual([0, stored.map(({ id }) => id)]);
  });

  it('a command explains a missing store, a service that does not answer, and wrong arguments', async () => {
    await rename(join(dataDir, 'store.sock'), join(dataDir, 'hidden.sock'));
    const [missing, hidden, wrong] = await Promise.all([
      keysIn(join(root, 'none'), 'list'),
      keysIn(dataDir, 'create', 'unknown'),
      keysIn('/nowhere', 'create', 'x', '--scopes', 'write'),
    ]);
    await rename(join(dataDir, 'hidden.sock'), join(dataDir, 'store.sock'));
    expect([missing, hidden, wrong].map(({ code, out }) => [code, out])).toEqual(Array(3).fill([1, '']));
    expect(missing.err).toContain('There is no store in');
    expect(hidden.err).toContain('does not answer requests about keys');
    expect(wrong.err).toContain('Usage: npm run keys -- COMMAND');
    expect(wrong.err).not.toContain('    at ');
    expect((await keys.list()).map(({ name }) => name)).not.toContain('unknown');
  });
});
