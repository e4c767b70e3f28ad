import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeCredentials } from '../../src/baileys/auth-state.codec.js';
import { SqliteAuthStateStore } from '../../src/storage/sqlite/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.js';
import { accountId } from '../../src/whatsapp/domain/account-id.js';
import { World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await World.create({ environment: { WHATSAPP_BAILEYS_LOG: 'debug', LOG_LEVEL: 'trace' } });
});
afterAll(() => world.close());

/** Every way in which bytes are usually written. */
function spellings(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes);
  return [
    buffer.toString('base64').replace(/=+$/, ''),
    buffer.toString('base64url'),
    buffer.toString('hex'),
    buffer.join(','),
    buffer.join(', '),
    buffer.toString('hex').replace(/..(?!$)/g, '$& '),
  ];
}

/** All keys and numbers that stand in the credentials, however deep. */
function secretsIn(value: unknown): (string | Uint8Array)[] {
  if (value instanceof Uint8Array) return [value];
  if (typeof value === 'string') return value.length > 10 ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(secretsIn);
}

/** The service has to be stopped. */
async function storedSecrets(): Promise<(string | Uint8Array)[]> {
  const database = await SqliteDatabase.open({ dataDirectory: world.dataDir });
  try {
    const stored = await new SqliteAuthStateStore(database).load(accountId('main'));
    if (!stored) throw new Error('nothing is stored');
    return secretsIn(decodeCredentials(stored));
  } finally {
    await database.close();
  }
}

describe('the log of Baileys at debug', () => {
  let phone: string;
  let code: string;
  let output = '';

  beforeAll(async () => {
    phone = world.newPhone();
    await world.service.pair('main');
    code = (await world.service.qr('main')).value;
    expect(await world.simulator.control.scan({ phone, qr: code })).toMatchObject({ paired: true });
    await world.service.reaches('main', 'connected');
    await world.simulator.control.act({ type: 'garbage', kind: 'undecodable' }, { phone });
    await world.service.says(/\[Baileys\] main #3: /);
    await world.service.reaches('main', 'connected');
    await world.service.stop();
    output = world.service.output;
  });

  it('tells what Baileys does, with account, attempt and how serious it finds it', () => {
    const lines = output.split('\n').filter((line) => line.includes('[Baileys]'));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !/INFO: \[Baileys\] main #\d+: .*"severity":/.test(line))).toEqual([]);
    expect(output).toMatch(/\[Baileys\] main #1: not logged in, attempting registration/);
    expect(output).toMatch(/\[Baileys\] main #2: logging in/);
  });

  it('shows no code, key, credential, address or number', async () => {
    const [, reference = ''] = code.split('#');
    const parts = reference.split(',').filter((part) => part.length > 8);
    const stored = await storedSecrets();
    expect([parts.length, stored.length > 10]).toEqual([4, true]);
    const texts = [phone, code, ...parts, ...stored].flatMap((secret) =>
      typeof secret === 'string' ? [secret] : spellings(secret),
    );
    const keys = parts.flatMap((part) => spellings(Buffer.from(part, 'base64')));
    expect([...texts, ...keys].filter((text) => output.includes(text))).toEqual([]);
    expect(output).not.toMatch(/@(s\.whatsapp\.net|lid|g\.us)/);
  });
});

describe('the log of Baileys', () => {
  it('is off unless somebody asks for it', async () => {
    const quiet = await World.create();
    try {
      await quiet.link('main');
      expect(quiet.service.output).not.toContain('[Baileys]');
    } finally {
      await quiet.close();
    }
  });
});
