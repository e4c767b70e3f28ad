import type { Authentication } from '../access/authentication.js';
import { keyExpired, keyRevoked } from '../access/access.errors.js';
import type { ApiKey } from '../ports/api-key.store.js';

/** How a key is at a moment. */
export type KeyState = 'live' | 'expired' | 'revoked';

/** A key as the running service knows it. */
export class LoadedApiKey {
  readonly authentication: Authentication;
  lastUsedAt: Date | null;
  /** On the monotonic clock, when the store was last told of a use; null: not yet. */
  useToldAtMs: number | null = null;
  readonly #over = new AbortController();
  #revokedAt: Date | null;

  /** @param isConfigured it stands in the configuration and not in the store */
  constructor(
    private readonly key: ApiKey,
    readonly isConfigured: boolean,
  ) {
    const { id, name, scopes, accounts } = key;
    this.lastUsedAt = key.lastUsedAt;
    this.#revokedAt = key.revokedAt;
    this.authentication = Object.freeze<Authentication>({
      by: { kind: 'key', id, name },
      access: { scopes, accounts },
      onlyPhone: null,
      revoked: this.#over.signal,
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

  /** As it is to be stored, or shown. */
  get record(): ApiKey {
    return { ...this.key, lastUsedAt: this.lastUsedAt, revokedAt: this.#revokedAt };
  }

  state(now: Date): KeyState {
    if (this.#revokedAt) return 'revoked';
    return this.expiresAt && this.expiresAt <= now ? 'expired' : 'live';
  }

  revoke(at: Date): void {
    this.#revokedAt ??= at;
    this.#over.abort(keyRevoked());
  }

  /** What is still being told to those who were let in with it ends. */
  expire(): void {
    this.#over.abort(keyExpired());
  }
}
