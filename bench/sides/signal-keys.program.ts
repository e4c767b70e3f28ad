import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { useMultiFileAuthState, type KeyPair, type SignalKeyStore } from '@whiskeysockets/baileys';
import { encodeKey, type PairedCredentials } from '../../src/baileys/auth-state/auth-state.codec.js';
import { StoredAuthState } from '../../src/baileys/auth-state/stored-auth-state.js';
import { PRE_KEY_COUNT } from '../../src/baileys/crypto/fresh-keys.js';
import { SqliteDatabase } from '../../src/storage/sqlite/database/sqlite-database.js';
import { SqliteAuthStateStore } from '../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { accountId } from '../../src/whatsapp/domain/account-id.js';
import { serveRequests } from '../support/request-handler.js';

export interface SignalKeysRequest {
  readonly call: 'set812' | 'set' | 'setPowerSafe' | 'get' | 'statement';
  readonly calls: number;
}

interface KeyStoreUnderTest {
  readonly keys: Pick<SignalKeyStore, 'get' | 'set'>;
  /** Sets one key. It is synced to the disk on resolve, if the side supports that. */
  readonly setPowerSafe: (id: string, value: Uint8Array) => Promise<void>;
  /** Reads one key by the SQL statement alone, without the port and without decoding. */
  readonly statement?: (id: string) => unknown;
}

const SESSION_BYTES = 1024;
/** Number of ids of single keys. They are set and read repeatedly, like the sessions of an account's contacts. */
const IDS = 400;

const dataDirectory = process.env['WHATSAPP_DATA_DIR'] ?? '';

async function ours(): Promise<KeyStoreUnderTest> {
  const database = await SqliteDatabase.open({ dataDirectory });
  const store = new SqliteAuthStateStore(database);
  const lease = { accountId: accountId('bench'), epoch: 1, lost: new AbortController().signal };
  const writer = await store.open(lease);
  // The credentials never change here, so their content does not matter.
  const { keys } = new StoredAuthState({} as PairedCredentials, writer, (error) => {
    throw error;
  });
  return {
    keys,
    setPowerSafe: (id, value) =>
      writer.write({ keys: [{ type: 'session', id, value: encodeKey('session', value) }], powerSafe: true }),
    statement: (id) =>
      database.get("SELECT value FROM auth_state_1 WHERE part = 2 AND type = 'session' AND id = ?", [id]),
  };
}

async function bare(): Promise<KeyStoreUnderTest> {
  await mkdir(dataDirectory, { recursive: true });
  const { state } = await useMultiFileAuthState(dataDirectory);
  return {
    keys: state.keys,
    setPowerSafe: async (id, value) => state.keys.set({ session: { [id]: value } }),
  };
}

const { keys, setPowerSafe, statement } = await (process.env['SIDE'] === 'ours' ? ours() : bare());
let lastPreKeyId = 0;

function preKeys(): Record<string, KeyPair> {
  const first = (lastPreKeyId += PRE_KEY_COUNT);
  const pair = (): KeyPair => ({ public: randomBytes(32), private: randomBytes(32) });
  return Object.fromEntries(
    Array.from({ length: PRE_KEY_COUNT }, (_, index) => [String(first + index), pair()]),
  );
}

function id(call: number): string {
  return `${4_915_300_000_000 + (call % IDS)}.0`;
}

/** Returns keys per second. The stored values are created before the measurement starts. */
async function rate({ call, calls }: SignalKeysRequest): Promise<number> {
  const values = Array.from({ length: calls }, () => randomBytes(SESSION_BYTES));
  const newPreKeys = preKeys();
  const begun = performance.now();
  if (call === 'set812') await keys.set({ 'pre-key': newPreKeys });
  else {
    for (const [number, value] of values.entries()) {
      if (call === 'set') await keys.set({ session: { [id(number)]: value } });
      else if (call === 'setPowerSafe') await setPowerSafe(id(number), value);
      else if (call === 'statement') statement?.(id(number));
      else if (!(await keys.get('session', [id(number)]))[id(number)]) throw new Error('a key is missing');
    }
  }
  const seconds = (performance.now() - begun) / 1000;
  return (call === 'set812' ? PRE_KEY_COUNT : calls) / seconds;
}

serveRequests({ rate });
