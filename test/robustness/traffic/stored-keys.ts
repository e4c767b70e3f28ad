import type { PreKeyView } from '../../../simulator/state/pre-key-view.js';
import { decodeCredentials, decodeKey } from '../../../src/baileys/auth-state/auth-state.codec.js';
import { sharedX25519 } from '../../../src/baileys/crypto/x25519.js';
import { SqliteAuthStateStore } from '../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { accountId } from '../../../src/whatsapp/domain/account-id.js';

/** A secret shared with this point is the public key itself. */
const BASE_POINT = Buffer.alloc(32);
BASE_POINT[0] = 9;

interface KeyPair {
  readonly public: Uint8Array;
  readonly private: Uint8Array;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The keys in the store of a service that is down, beside what WhatsApp has been told about them. */
export class StoredKeys {
  /** Pairs that were found to belong together, by the public key: that costs more than all the rest. */
  private readonly pairs = new Set<string>();

  constructor(private readonly dataDirectory: string) {}

  /**
   * @param views by account, what WhatsApp knows
   * @param unsure accounts whose signed pre-key has been rotated lately: WhatsApp may have heard of it, or not
   * @returns what contradicts: a key that WhatsApp gives to others, and whose private half is not here
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
    if (!stored) return ['its credentials are gone'];
    const credentials = decodeCredentials(stored);
    const faults: string[] = [];
    if (credentials.nextPreKeyId <= (lastUploadedId ?? 0)) {
      faults.push(`pre-key ${credentials.nextPreKeyId} comes next, and was uploaded`);
    }
    const { keyId, keyPair } = credentials.signedPreKey;
    const isKnown = keyId === signedPreKey.id && hex(keyPair.public) === signedPreKey.publicKey;
    if (!isKnown && !unsure) {
      faults.push(`signed pre-key ${keyId} is here, and WhatsApp has ${signedPreKey.id}`);
    }
    if (!this.isPair(keyPair)) faults.push(`signed pre-key ${keyId} is no pair`);
    const preKeys = await readPreKeys(store, name, held);
    for (const id of held) {
      const pair = preKeys.get(id);
      if (!pair) faults.push(`pre-key ${id} was uploaded, and is not here`);
      else if (hex(pair.public) !== publicKeys[id]) faults.push(`pre-key ${id} is another one`);
      else if (!this.isPair(pair)) faults.push(`pre-key ${id} is no pair`);
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
