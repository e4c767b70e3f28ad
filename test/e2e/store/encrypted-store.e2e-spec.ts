import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { outputOf } from '../../support/processes/run-program.js';
import { ServiceProcess } from '../../support/processes/service-process.js';
import {
  foundIn,
  identityKeyOf,
  storeBytes,
  storedValues,
  storePages,
} from '../../support/secrets/store-bytes.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

const KEY_BYTES = Buffer.alloc(32, 'k');
const KEY = KEY_BYTES.toString('base64');

let setup: TestEnvironment;
let restored: string;
/** Values of the codes, the phones and the requests, by description. The encrypted store must not show them. */
const known = new Map<string, Buffer>();

beforeAll(async () => {
  setup = await TestEnvironment.create({ environment: { WHATSAPP_ENCRYPTION_KEY: KEY } });
  restored = await mkdtemp(join(tmpdir(), 'whatsapp-restored-'));
});
afterAll(async () => {
  await setup.close();
  await rm(restored, { recursive: true });
});

async function link(accountId: string): Promise<void> {
  const phone = setup.newPhone();
  await setup.service.pair(accountId);
  const { value: qr } = await setup.service.qr(accountId);
  expect(await setup.simulator.control.scan({ phone, qr })).toMatchObject({ paired: true });
  await setup.service.reaches(accountId, 'connected');
  known.set(`the name of ${accountId}`, Buffer.from(accountId));
  known.set(`the phone of ${accountId}`, Buffer.from(phone));
  known.set(`the identity key of ${accountId}`, identityKeyOf(qr));
  known.set('a type of Signal keys', Buffer.from('pre-key'));
  known.set('a table', Buffer.from('auth_state'));
}

async function refusalOf(environment: Record<string, string>): Promise<string> {
  const { dataDir, simulator: server } = setup;
  return ServiceProcess.start({ dataDir, server, environment }).then(
    () => 'the service started',
    (error: unknown) => (error as Error).message,
  );
}

describe('a service whose store is encrypted', () => {
  it('no file of the store is readable: not while the service runs, not after a kill, not in a backup', async () => {
    await link('kunde-nord');
    await link('kunde-sued');
    const backup = join(restored, 'whatsapp.sqlite');
    const environment = { WHATSAPP_DATA_DIR: setup.dataDir, WHATSAPP_ENCRYPTION_KEY: KEY };
    await outputOf('dist/service/store.js', { args: ['backup', backup], environment });
    const running = await storeBytes(setup.dataDir);
    await setup.service.kill();
    expect(await readdir(setup.dataDir)).toContain('whatsapp.sqlite-wal');
    const killed = await storeBytes(setup.dataDir);
    const backedUp = await readFile(backup);

    const opened = await mkdtemp(join(restored, 'opened-'));
    await copyFile(backup, join(opened, 'whatsapp.sqlite'));
    const secrets = new Map([...known, ...(await storedValues(opened, KEY_BYTES))]);
    expect(secrets.size).toBeGreaterThan(1_600);
    expect(foundIn(await storePages(opened, KEY_BYTES), secrets)).toEqual([...secrets.keys()]);
    for (const bytes of [running, killed, backedUp]) {
      expect(bytes.length).toBeGreaterThan(100_000);
      expect(foundIn(bytes, secrets)).toEqual([]);
    }
  });

  it('the service starts with no other key and without one, and says what to do', async () => {
    expect(await refusalOf({})).toMatch(/store is encrypted, and no key was given/);
    const other = Buffer.alloc(32, 'o').toString('base64');
    const wrong = await refusalOf({ WHATSAPP_ENCRYPTION_KEY: other });
    expect(wrong).toMatch(/encrypted with another key than the given one/);
    expect(wrong).not.toContain(other);
  });

  it('the service reconnects its accounts, and leaves no bytes of a disconnected account', async () => {
    await setup.restart('kill');
    for (const account of ['kunde-nord', 'kunde-sued']) await setup.service.reaches(account, 'connected');
    const stored = await storedValues(setup.dataDir, KEY_BYTES);
    await setup.service.disconnect('kunde-nord');
    expect(foundIn(await storeBytes(setup.dataDir), known)).toEqual([]);
    expect(setup.service.output).not.toContain('The store is not encrypted');
    expect(setup.service.output).not.toContain(KEY);
    await setup.service.stop();
    const left = await storedValues(setup.dataDir, KEY_BYTES);
    const gone = new Map([...stored].filter(([name]) => name.startsWith('auth_state_1')));
    expect(gone.size).toBeGreaterThan(800);
    const pages = await storePages(setup.dataDir, KEY_BYTES);
    expect(foundIn(pages, gone)).toEqual([]);
    expect(foundIn(pages, left)).toEqual([...left.keys()]);
    expect([...left.keys()].filter((name) => name.startsWith('auth_state_2')).length).toBeGreaterThan(800);
    await setup.restart();
  });
});
