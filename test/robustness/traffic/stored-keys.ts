import type { PreKeyView } from '../../../simulator/state/pre-key-view.js';
import { decodeCredentials, decodeKey } from '../../../src/baileys/auth-state/auth-state.codec.js';
import { sharedX25519 } from '../../../src/baileys/crypto/x25519.js';
import { SqliteAuthStateStore } from '../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { accountId } from '../../../src/whatsapp/domain/account-id.js';

/** The X25519 base point: a private key multiplied by it gives its public key. */
const BASE_POINT = Buffer.alloc(32);
BASE_POINT[0] = 9;

interface KeyPair {
  readonly public: Uint8Array;
  readonly private: Uint8Array;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Compares the keys in the store of a stopped service with the keys that WhatsApp has. */
export class StoredKeys {
  /** Public keys whose pair was checked already. The check is the most expensive part. */
  private readonly pairs = new Set<string>();

  constructor(private readonly dataDirectory: string) {}

  /**
   * @param views the keys that WhatsApp has, by account
   * @param unsure accounts that have just rotated their signed pre-key: WhatsApp may have the new one or the old one
   * @returns the contradictions: keys that WhatsApp hands out and whose private key is missing in the store
   */
  async contradictions(
    views: ReadonlyMap<string, PreKeyView>,
    unsure: ReadonlySet<string>,
  ): Promise<string[]> {
    const database = await SqliteDatabase.open({ dataDirectory: this.dataDirectory });
    try {
      const store = new SqliteAuthStateStore(database);
      const found: string[] = [];
      for (const [name, view] of views) {
        const faults = await this.faultsOf(store, name, view, unsure.has(name));
        found.push(...faults.map((fault) => `${name}: ${fault}`));
      }
      return found;
    } finally {
      await database.close();
    }
  }

  private async faultsOf(
    store: SqliteAuthStateStore,
    name: string,
    { held, publicKeys, signedPreKey, lastUploadedId }: PreKeyView,
    unsure: boolean,
  ): Promise<string[]> {
    const stored = await store.load(accountId(name));
    if (!stored) return ['the credentials are missing'];
    const credentials = decodeCredentials(stored);
    const faults: string[] = [];
    if (credentials.nextPreKeyId <= (lastUploadedId ?? 0)) {
      faults.push(`pre-key ${credentials.nextPreKeyId} is the next one, but was uploaded already`);
    }
    const { keyId, keyPair } = credentials.signedPreKey;
    const isKnown = keyId === signedPreKey.id && hex(keyPair.public) === signedPreKey.publicKey;
    if (!isKnown && !unsure) {
      faults.push(`signed pre-key ${keyId} is stored, but WhatsApp has ${signedPreKey.id}`);
    }
    if (!this.isPair(keyPair)) faults.push(`signed pre-key ${keyId}: the private key does not match`);
    const preKeys = await readPreKeys(store, name, held);
    for (const id of held) {
      const pair = preKeys.get(id);
      if (!pair) faults.push(`pre-key ${id} was uploaded, but is not stored`);
      else if (hex(pair.public) !== publicKeys[id]) faults.push(`pre-key ${id}: another key was uploaded`);
      else if (!this.isPair(pair)) faults.push(`pre-key ${id}: the private key does not match`);
    }
    return faults;
  }

  private isPair(pair: KeyPair): boolean {
    const name = hex(pair.public);
    if (this.pairs.has(name)) return true;
    if (!sharedX25519(pair.private, BASE_POINT).equals(pair.public)) return false;
    this.pairs.add(name);
    return true;
  }
}

async function readPreKeys(
  store: SqliteAuthStateStore,
  name: string,
  ids: readonly number[],
): Promise<Map<number, KeyPair>> {
  const hold = { accountId: accountId(name), epoch: 1, lost: new AbortController().signal };
  const writer = await store.open(hold);
  try {
    const stored = await writer.read('pre-key', ids.map(String));
    return new Map([...stored].map(([id, bytes]) => [Number(id), decodeKey('pre-key', bytes)]));
  } finally {
    await writer.close('drop');
  }
}
