import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  proto,
  useMultiFileAuthState,
  type SignalDataSet,
  type SignalDataTypeMap,
} from '@whiskeysockets/baileys';
import { decodeCredentials, decodeKey } from '../../../src/baileys/auth-state/auth-state.codec.js';
import { ImportRefused, readMultiFileAuthState } from '../../../src/baileys/import/multi-file-import.js';

const pair = () => ({ public: randomBytes(32), private: randomBytes(32) });
const slashes = Buffer.from('ffffffffffff', 'hex').toString('base64');

/** Ids of every form that rc14 makes. */
const KEYS: Required<SignalDataSet> = {
  'pre-key': { '1': pair(), '812': pair() },
  session: {
    '4915112345678.0': { _sessions: {}, version: 'v1' } as unknown as Uint8Array,
    '98765_1.17': { _sessions: { 'a/b+c=': { registrationId: 5 } }, version: 'v1' } as unknown as Uint8Array,
    '4915112345678_128.99': Buffer.from('hosted'),
  },
  'sender-key': {
    '120363000000000000@g.us::98765_1::17': randomBytes(60),
    '4915112345678-1414141414@g.us::4915112345678::0': randomBytes(60),
    'status@broadcast::98765_1::0': randomBytes(60),
  },
  'sender-key-memory': {
    '120363000000000000@g.us': { '4915112345678:3@s.whatsapp.net': true, '98765@lid': false },
    '4915112345678-1414141414@g.us': {},
    'status@broadcast': { '98765@lid': true },
  },
  'app-state-sync-key': {
    'AAAAAB+7': {
      keyData: randomBytes(32),
      fingerprint: { rawId: 7, currentIndex: 1, deviceIndexes: [0, 2] },
      timestamp: 1_790_000_000,
    },
    [slashes]: { keyData: randomBytes(32), timestamp: 5 },
    'AAA/': { keyData: randomBytes(32), timestamp: 6 },
    'AAAAAQ==': { keyData: randomBytes(32), timestamp: 7 },
  },
  'app-state-sync-version': {
    critical_block: {
      version: 3,
      hash: randomBytes(128),
      indexValueMap: { 'a/b=': { valueMac: randomBytes(32) } },
    },
    critical_unblock_low: { version: 0, hash: Buffer.alloc(128), indexValueMap: {} },
    regular: { version: 1, hash: randomBytes(128), indexValueMap: {} },
  },
  'lid-mapping': { '4915112345678': '98765', '98765_reverse': '4915112345678' },
  'device-list': { '4915112345678': ['0', '17'], '98765': ['0'] },
  tctoken: {
    '98765@lid': { token: randomBytes(16), timestamp: '1790000000' },
    '4915112345678@s.whatsapp.net': { token: Buffer.alloc(0), senderTimestamp: 17 },
    __index: { token: Buffer.from('["98765@lid"]') },
  },
  'identity-key': { '98765_1.0': randomBytes(33), '4915112345678.4': randomBytes(33) },
};

describe('readMultiFileAuthState', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'multi-file-'));
    const { state, saveCreds } = await useMultiFileAuthState(folder);
    Object.assign(state.creds, {
      me: { id: '4915112345678:17@s.whatsapp.net', lid: '98765:17@lid', name: 'Ä' },
      account: proto.ADVSignedDeviceIdentity.create({
        details: randomBytes(40),
        accountSignatureKey: randomBytes(32),
        accountSignature: randomBytes(64),
        deviceSignature: randomBytes(64),
      }),
      nextPreKeyId: 813,
    });
    await state.keys.set(withProtobufs(KEYS));
    await saveCreds();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('the import returns every key with the id and value that Baileys would read', async () => {
    const imported = await readMultiFileAuthState(folder);
    const { state } = await useMultiFileAuthState(folder);
    const expected = Object.entries(KEYS).flatMap(([type, values]) =>
      Object.keys(values).map((id) => `${type} ${id}`),
    );
    expect(imported.keys.map(({ type, id }) => `${type} ${id}`).sort()).toEqual(expected.sort());

    for (const { type, id, value } of imported.keys) {
      const known = type as keyof SignalDataTypeMap;
      const { [id]: read } = await state.keys.get(known, [id]);
      expect({ id, value: comparable(decodeKey(known, value ?? Buffer.alloc(0))) }).toEqual({
        id,
        value: comparable(read),
      });
    }
  });

  it('the import returns the credentials and their phone number', async () => {
    const imported = await readMultiFileAuthState(folder);
    const { state } = await useMultiFileAuthState(folder);
    expect(imported.phone).toBe('4915112345678');
    const { account, ...credentials } = decodeCredentials(imported.credentials);
    const { account: original, ...rest } = state.creds;
    expect(credentials).toEqual(JSON.parse(JSON.stringify(rest), revive));
    expect(account).toEqual(proto.ADVSignedDeviceIdentity.fromObject(original as object));
  });

  it('the import leaves the folder unchanged', async () => {
    const before = await fingerprint(folder);
    await readMultiFileAuthState(folder);
    expect(await fingerprint(folder)).toBe(before);
  });

  it('the import ignores files that are not Baileys’', async () => {
    await writeFile(join(folder, '.DS_Store'), 'x');
    await expect(readMultiFileAuthState(folder)).resolves.toMatchObject({ phone: '4915112345678' });
  });

  it.each([
    ['notes.txt', 'x'],
    ['pre-key-one.json', '{}'],
    ['session-4915112345678.json', '{}'],
    ['sender-key-someone--else--0.json', '{}'],
    ['sender-key-memory-group.json', '{}'],
    ['app-state-sync-key-not base64.json', '{}'],
    ['tctoken-4915112345678-17@s.whatsapp.net.json', '{}'],
    ['a-type-of-tomorrow-1.json', '{}'],
    ['pre-key-7.json', '{"half'],
    ['pre-key-8.json', ''],
    ['pre-key-9.json', 'null'],
    ['pre-key-10.json', '7'],
  ])('the import refuses the whole folder because of %s, and names that file', async (file, content) => {
    await writeFile(join(folder, file), content);
    const refused = readMultiFileAuthState(folder);
    await expect(refused).rejects.toBeInstanceOf(ImportRefused);
    await expect(refused).rejects.toMatchObject({ file });
  });

  it('the import refuses a folder that contains another folder', async () => {
    await mkdir(join(folder, 'old'));
    await expect(readMultiFileAuthState(folder)).rejects.toMatchObject({ file: 'old' });
  });

  it.each([
    ['missing', null],
    ['cut off', '{"noiseKey":'],
    ['empty', ''],
    ['of a device that was never linked', '{"me":{"id":"4915112345678@s.whatsapp.net"}}'],
    ['without keys', '{"me":{"id":"4915112345678@s.whatsapp.net"},"account":{}}'],
  ])('the import refuses credentials that are %s', async (_how, content) => {
    const file = join(folder, 'creds.json');
    if (content === null) await rm(file);
    else await writeFile(file, content);
    await expect(readMultiFileAuthState(folder)).rejects.toMatchObject({
      name: 'ImportRefused',
      file: 'creds.json',
    });
  });

  it('the import fails with ENOENT when the folder does not exist', async () => {
    await expect(readMultiFileAuthState(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** Converts app state sync keys to protobuf instances, as WhatsApp sends them. Their JSON holds base64. */
function withProtobufs(keys: Required<SignalDataSet>): SignalDataSet {
  const syncKeys = Object.entries(keys['app-state-sync-key']).map(([id, key]) => [
    id,
    proto.Message.AppStateSyncKeyData.fromObject(key ?? {}),
  ]);
  return {
    ...keys,
    'app-state-sync-key': Object.fromEntries(syncKeys) as SignalDataSet['app-state-sync-key'] & object,
  };
}

function comparable(value: unknown): unknown {
  return value instanceof proto.Message.AppStateSyncKeyData ? value.toJSON() : value;
}

function revive(_name: string, value: unknown): unknown {
  const isBuffer = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
  return isBuffer ? Buffer.from((value as unknown as { data: number[] }).data) : value;
}

async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).sort())
    hash.update(name).update(await readFile(join(folder, name)));
  return hash.digest('hex');
}
