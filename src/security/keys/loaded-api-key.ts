import { keyExpired, keyRevoked } from '../access/access.errors.js';
import type { Authentication } from '../access/authentication.js';
import type { ApiKey } from '../ports/api-key.store.js';

/** State of a key at a given moment. */
export type KeyState = 'live' | 'expired' | 'revoked';

/** A key in the memory of the running service. */
export class LoadedApiKey {
  readonly authentication: Authentication;
  lastUsedAt: Date | null;
  /** The last use that the store has. */
  storedUseAt: Date | null;
  /** When a use was last written to the store, on the monotonic clock; null: not since the key was loaded. */
  useStoredAtMs: number | null = null;
  private readonly revocation = new AbortController();
  private revokedAt: Date | null;

  /** @param isConfigured the key is in the configuration and not in the store */
  constructor(
    private readonly key: ApiKey,
    readonly isConfigured: boolean,
  ) {
    const { id, name, scopes, accounts } = key;
    this.lastUsedAt = key.lastUsedAt;
    this.storedUseAt = key.lastUsedAt;
    this.revokedAt = key.revokedAt;
    this.authentication = Object.freeze<Authentication>({
      by: { kind: 'key', id, name },
      access: { scopes, accounts },
      onlyPhone: null,
      revoked: this.revocation.signal,
    });
  }

  get id(): string {
    return this.key.id;
  }

  get name(): string {
    return this.key.name;
  }

  get hash(): string {
    return this.key.hash;
  }

  get expiresAt(): Date | null {
    return this.key.expiresAt;
  }

  /** The key with its current state, to store or to list. */
  get record(): ApiKey {
    return { ...this.key, lastUsedAt: this.lastUsedAt, revokedAt: this.revokedAt };
  }

  state(now: Date): KeyState {
    if (this.revokedAt) return 'revoked';
    return this.expiresAt && this.expiresAt <= now ? 'expired' : 'live';
  }

  /** Ends requests and event streams that were authenticated with the key. The first call decides the time. */
  revoke(at: Date): void {
    this.revokedAt ??= at;
    this.revocation.abort(keyRevoked());
  }

  /** Ends requests and event streams that were authenticated with the key. */
  expire(): void {
    this.revocation.abort(keyExpired());
  }
}
