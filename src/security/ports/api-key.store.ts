import type { Access } from '../access/access.js';

/** A key as it is stored. The record cannot be used to authenticate. */
export interface ApiKey extends Access {
  /** Part of the key's text, so that its record is found without a comparison with every hash. */
  readonly id: string;
  /** Name for operators. */
  readonly name: string;
  /** Salted HMAC of the secret part of the key. */
  readonly hash: string;
  readonly createdAt: Date;
  /** Null: the key does not expire. */
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Store of the API keys. A call that fails rejects with `StorageFailed` and changes nothing. */
export abstract class ApiKeyStore {
  /** Returns all keys in the order of their creation, with revoked and expired ones. */
  abstract list(): Promise<readonly ApiKey[]>;
  /** Adds a key. An id that exists is refused. */
  abstract add(key: ApiKey): Promise<void>;
  /** Revokes a key permanently. A revoked key keeps its time; an unknown id changes nothing. */
  abstract revoke(id: string, at: Date): Promise<void>;
  /** Stores the latest use; an unknown id changes nothing. */
  abstract noteUse(id: string, at: Date): Promise<void>;
}
