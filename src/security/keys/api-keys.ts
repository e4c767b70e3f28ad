import { BeforeApplicationShutdown, Logger } from '@nestjs/common';
import PQueue from 'p-queue';
import { SCOPES } from '../../whatsapp/domain/scope.js';
import { Clock, type Timer } from '../../whatsapp/ports/clock.js';
import { keyExpired, keyInvalid, keyMissing, keyRevoked, SecurityError } from '../access/access.errors.js';
import type { Authentication } from '../access/authentication.js';
import type { Identity } from '../access/identity.js';
import { findBySecret } from '../access/secret.js';
import { type ApiKey, ApiKeyStore } from '../ports/api-key.store.js';
import type { ConfiguredKey } from './configured-keys.js';
import { type KeyState, LoadedApiKey } from './loaded-api-key.js';
import { causeMessage } from '../../whatsapp/domain/cause-of.js';

/** Every request uses a key, but the store gets at most one write per key in this time. */
const USE_STORE_INTERVAL_MS = 60_000;
/** Expiry follows the wall clock, which can jump, so it is checked at least this often. */
const MAX_EXPIRY_WAIT_MS = 60_000;

/** A change of the keys is refused. The message is for the operator, the code for the audit trail. */
export class KeyRefused extends SecurityError {
  override readonly name = 'KeyRefused';
}

/**
 * The API keys, in memory and in the store. Once there is a key, even an expired or a revoked one, every call needs a key:
 * revoking the last key must not open the service.
 */
export class ApiKeys implements BeforeApplicationShutdown {
  /** Authentication of callers without a key. Revoked when the first key is added. */
  readonly anonymous: Authentication;
  private readonly logger = new Logger('Security');
  private readonly keys = new Map<string, LoadedApiKey>();
  private readonly anonymousRevocation = new AbortController();
  /** Changes run one after another, because each compares its name with the names that earlier changes stored. */
  private readonly changes = new PQueue({ concurrency: 1 });
  private expiryTimer: Timer | null = null;

  private constructor(
    private readonly store: ApiKeyStore,
    private readonly clock: Clock,
  ) {
    this.anonymous = Object.freeze<Authentication>({
      by: { kind: 'anonymous', id: null, name: null },
      access: { scopes: SCOPES, accounts: null },
      onlyPhone: null,
      revoked: this.anonymousRevocation.signal,
    });
  }

  /** @throws StorageFailed */
  static async open(
    store: ApiKeyStore,
    clock: Clock,
    configured: readonly ConfiguredKey[] = [],
  ): Promise<ApiKeys> {
    const keys = new ApiKeys(store, clock);
    for (const key of await store.list()) keys.load(new LoadedApiKey(key, false));
    const start = { createdAt: clock.now(), expiresAt: null, lastUsedAt: null, revokedAt: null };
    for (const key of configured) keys.load(new LoadedApiKey({ ...key, ...start }, true));
    keys.scheduleExpiry();
    return keys;
  }

  /** Whether every call needs a key. Once true, it stays true. */
  get areRequired(): boolean {
    return this.keys.size > 0;
  }

  /**
   * Returns the authentication of the key's holder. An unknown id takes as long as a wrong secret.
   * @throws DomainError `key_invalid`; with the right secret `key_expired` or `key_revoked`
   */
  authenticate(text: string): Authentication {
    const key = findBySecret('wak', text, this.keys);
    if (!key) throw keyInvalid();
    const now = this.clock.now();
    switch (key.state(now)) {
      case 'revoked':
        throw keyRevoked();
      case 'expired':
        key.expire();
        throw keyExpired();
      case 'live':
        return key.authentication;
    }
  }

  /** Records that a call was made with this key. Identities of other kinds are ignored. */
  recordUse({ kind, id }: Identity): void {
    const key = kind === 'key' && id !== null ? this.keys.get(id) : undefined;
    if (key) this.noteUse(key, this.clock.now());
  }

  /**
   * Stores the key and accepts it from then on. The first key ends anonymous access.
   * @returns whether it is the first key
   * @throws KeyRefused · StorageFailed; nothing has changed then
   */
  add(key: ApiKey): Promise<boolean> {
    return this.changes.add(async () => {
      const now = this.clock.now();
      const isNameTaken = this.list().some((other) => other.name === key.name && other.state(now) === 'live');
      if (isNameTaken) {
        throw new KeyRefused(
          'invalid_request',
          `There is a key "${key.name}" already. Revoke it first, or choose another name.`,
        );
      }
      if (this.keys.has(key.id))
        throw new KeyRefused('invalid_request', 'There is a key with this id already. Try again.');
      const isFirst = !this.areRequired;
      await this.store.add(key);
      this.load(new LoadedApiKey(key, false));
      this.scheduleExpiry();
      return isFirst;
    });
  }

  /**
   * Revokes the key permanently. Its requests and event streams end at once.
   * @throws KeyRefused · StorageFailed; nothing has changed then
   */
  revoke(id: string): Promise<LoadedApiKey> {
    return this.changes.add(async () => {
      const key = this.keys.get(id);
      if (!key) throw new KeyRefused('not_found', `There is no key "${id}".`);
      if (key.isConfigured) {
        throw new KeyRefused(
          'invalid_request',
          `The key "${key.name}" is in WHATSAPP_API_KEYS. Remove it there and restart the service.`,
        );
      }
      const now = this.clock.now();
      if (key.state(now) === 'revoked')
        throw new KeyRefused('key_revoked', `The key "${key.name}" (${key.id}) is already revoked.`);
      await this.store.revoke(key.id, now);
      key.revoke(now);
      return key;
    });
  }

  /**
   * Returns the key with this id, otherwise the key with this name. Several keys can have one name: a live key is
   * preferred to an expired one, and an expired key to a revoked one.
   */
  find(idOrName: string): LoadedApiKey | undefined {
    const now = this.clock.now();
    const named = this.list().filter(({ name }) => name === idOrName);
    const inState = (state: KeyState): LoadedApiKey | undefined =>
      named.find((key) => key.state(now) === state);
    return this.keys.get(idOrName) ?? inState('live') ?? inState('expired') ?? inState('revoked');
  }

  /** All keys, in the order of their creation. */
  list(): readonly LoadedApiKey[] {
    return [...this.keys.values()];
  }

  /** Waits for running changes before it cancels the timer, because a change sets the timer again. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.changes.onIdle();
    this.expiryTimer?.cancel();
    await Promise.all(this.list().map(async (key) => this.storeUse(key)));
  }

  private load(key: LoadedApiKey): void {
    this.keys.set(key.id, key);
    this.anonymousRevocation.abort(keyMissing());
  }

  private noteUse(key: LoadedApiKey, now: Date): void {
    key.lastUsedAt = now;
    if (key.isConfigured) return;
    const nowMs = this.clock.monotonicMs();
    if (key.useStoredAtMs !== null && nowMs - key.useStoredAtMs < USE_STORE_INTERVAL_MS) return;
    key.useStoredAtMs = nowMs;
    void this.storeUse(key);
  }

  private async storeUse(key: LoadedApiKey): Promise<void> {
    const { lastUsedAt } = key;
    if (key.isConfigured || lastUsedAt === null || lastUsedAt === key.storedUseAt) return;
    try {
      await this.store.noteUse(key.id, lastUsedAt);
      key.storedUseAt = lastUsedAt;
    } catch (error) {
      this.logger.warn(
        `The last use of the key "${key.name}" was not stored: ${causeMessage(error)}. Check the disk and the store.`,
      );
    }
  }

  /** Ends access with keys that have expired, and sets the timer for the next ones. */
  private scheduleExpiry(): void {
    this.expiryTimer?.cancel();
    const now = this.clock.now();
    const expiries: number[] = [];
    for (const key of this.keys.values()) {
      const state = key.state(now);
      if (state === 'expired') key.expire();
      if (state === 'live' && key.expiresAt) expiries.push(key.expiresAt.getTime());
    }
    if (expiries.length === 0) return;
    const waitMs = Math.min(MAX_EXPIRY_WAIT_MS, Math.min(...expiries) - now.getTime());
    this.expiryTimer = this.clock.after(
      waitMs,
      () => {
        this.scheduleExpiry();
      },
      { background: true },
    );
  }
}
