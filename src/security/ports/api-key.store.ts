import type { Access } from '../access/access.js';

/** A key as it is stored: nobody can be let in with what stands here. */
export interface ApiKey extends Access {
  /** Stands in the key itself, so that it is found without being tried against all of them. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Of the secret part of the key, with a key of its own. */
  readonly hash: string;
  readonly createdAt: Date;
  /** Null: it does not expire. */
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Where API keys are kept. Rejects with `StorageFailed`; nothing has changed then. */
export abstract class ApiKeyStore {
  /** All of them, revoked and expired ones too, in the order of their creation. */
  abstract list(): Promise<readonly ApiKey[]>;
  /** Ids are unique: a second key with one is refused. */
  abstract add(key: ApiKey): Promise<void>;
  /** For good: a second time, and for an unknown id, nothing changes. */
  abstract revoke(id: string, at: Date): Promise<void>;
  /** Remembers the latest use; an unknown id changes nothing. */
  abstract noteUse(id: string, at: Date): Promise<void>;
}
