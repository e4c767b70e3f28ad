import { BeforeApplicationShutdown, Logger } from '@nestjs/common';
import PQueue from 'p-queue';
import { DomainError } from '../../whatsapp/domain/errors.js';
import { SCOPES } from '../../whatsapp/domain/scope.js';
import { Clock, type Timer } from '../../whatsapp/ports/clock.js';
import type { Authentication } from '../access/authentication.js';
import type { Identity } from '../access/identity.js';
import type { ConfiguredKey } from './configured-keys.js';
import { keyExpired, keyInvalid, keyMissing, keyRevoked } from '../access/access.errors.js';
import { LoadedApiKey, type KeyState } from './loaded-api-key.js';
import { type ApiKey, ApiKeyStore } from '../ports/api-key.store.js';
import { matches, DUMMY_HASH, parseSecret } from '../access/secret.js';

/** The store hears of a use that often at most: it is asked for with every request. */
const STORED_USE_EVERY_MS = 60_000;
/** Expiry is a matter of the wall clock, which may jump: it is looked at that often at least. */
const MAX_WAIT_MS = 60_000;

/** What is asked of the keys cannot be done; the message is for whoever asks, the code for the audit trail. */
export class KeyRefused extends DomainError {
  override readonly name = 'KeyRefused';
}

/**
 * The API keys, in memory, with the store behind. As soon as there is one, be it expired or revoked, nobody is let in
 * without: deleting the last key must not open the door.
 */
export class ApiKeys implements BeforeApplicationShutdown {
  readonly #logger = new Logger('Security');
  readonly #keys = new Map<string, LoadedApiKey>();
  readonly #anonymous = new AbortController();
  /** Whoever calls while nobody has to prove who they are. Over with the first key. */
  readonly anonymous: Authentication;
  #expiry: Timer | null = null;
  /** Changes of the keys, one after another: each compares names with those that earlier ones stored. */
  readonly #changes = new PQueue({ concurrency: 1 });

  private constructor(
    private readonly store: ApiKeyStore,
    private readonly clock: Clock,
  ) {
    this.anonymous = Object.freeze<Authentication>({
      by: { kind: 'anonymous', id: null, name: null },
      access: { scopes: SCOPES, accounts: null },
      onlyPhone: null,
      revoked: this.#anonymous.signal,
    });
  }

  /** @throws StorageFailed */
  static async open(
    store: ApiKeyStore,
    clock: Clock,
    configured: readonly ConfiguredKey[] = [],
  ): Promise<ApiKeys> {
    const keys = new ApiKeys(store, clock);
    for (const key of await store.list()) keys.#load(new LoadedApiKey(key, false));
    const start = { createdAt: clock.now(), expiresAt: null, lastUsedAt: null, revokedAt: null };
    for (const key of configured) keys.#load(new LoadedApiKey({ ...key, ...start }, true));
    keys.#awaitExpiry();
    return keys;
  }

  /** Whether a key is needed. Never false again once it is true. */
  get areRequired(): boolean {
    return this.#keys.size > 0;
  }

  /**
   * Lets in whoever shows a key. Takes as long for an id that nobody has as for a secret that is wrong.
   * @throws DomainError `key_invalid`, or to whoever has the right secret `key_expired`, `key_revoked`
   */
  authenticate(text: string): Authentication {
    const known = this.#shown(text);
    if (!known) throw keyInvalid();
    const now = this.clock.now();
    switch (known.state(now)) {
      case 'revoked':
        throw keyRevoked();
      case 'expired':
        known.expire();
        throw keyExpired();
      case 'live':
        return known.authentication;
    }
  }

  /** Records that a call was made with this key. Calls of others are ignored. */
  recordUse({ kind, id }: Identity): void {
    const key = kind === 'key' && id !== null ? this.#keys.get(id) : undefined;
    if (key) this.#noteUse(key, this.clock.now());
  }

  /**
   * Lets the key in from now on; the first one closes the door to everybody else.
   * @returns whether it is the first one
   * @throws KeyRefused · StorageFailed, and nothing has changed
   */
  add(key: ApiKey): Promise<boolean> {
    return this.#changes.add(async () => {
      const now = this.clock.now();
      const ofThisName = this.list().some((known) => known.name === key.name && known.state(now) === 'live');
      if (ofThisName) {
        throw new KeyRefused(
          'invalid_request',
          `There is a key "${key.name}" already; revoke it first, or take another name.`,
        );
      }
      if (this.#keys.has(key.id))
        throw new KeyRefused('invalid_request', 'There is a key with this id already; try again.');
      const isFirst = !this.areRequired;
      await this.store.add(key);
      this.#load(new LoadedApiKey(key, false));
      this.#awaitExpiry();
      return isFirst;
    });
  }

  /**
   * For good, and at once: also what is being told to whoever was let in with it ends.
   * @throws KeyRefused · StorageFailed, and nothing has changed
   */
  revoke(id: string): Promise<LoadedApiKey> {
    return this.#changes.add(async () => {
      const key = this.#keys.get(id);
      if (!key) throw new KeyRefused('not_found', `There is no key "${id}".`);
      if (key.isConfigured) {
        throw new KeyRefused(
          'invalid_request',
          `The key "${key.name}" stands in WHATSAPP_API_KEYS: take it out there and start the service again.`,
        );
      }
      const now = this.clock.now();
      if (key.state(now) === 'revoked')
        throw new KeyRefused('key_revoked', `The key "${key.name}" (${key.id}) was revoked already.`);
      await this.store.revoke(key.id, now);
      key.revoke(now);
      return key;
    });
  }

  /** @param called an id, or a name: of several keys that had it in turn, the one that is still good for something */
  find(called: string): LoadedApiKey | undefined {
    const now = this.clock.now();
    const ofThisName = this.list().filter(({ name }) => name === called);
    const inState = (state: KeyState): LoadedApiKey | undefined =>
      ofThisName.find((key) => key.state(now) === state);
    return this.#keys.get(called) ?? inState('live') ?? inState('expired') ?? inState('revoked');
  }

  /** All of them, in the order of their creation. */
  list(): readonly LoadedApiKey[] {
    return [...this.#keys.values()];
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#expiry?.cancel();
    await Promise.all(this.list().map(async (key) => this.#storeUse(key)));
  }

  #load(key: LoadedApiKey): void {
    this.#keys.set(key.id, key);
    this.#anonymous.abort(keyMissing());
  }

  /** Which key this is. Takes as long for an id that nobody has as for a secret that is wrong. */
  #shown(text: string): LoadedApiKey | null {
    const shown = parseSecret('wak', text);
    const known = shown ? this.#keys.get(shown.id) : undefined;
    const isRight = matches(shown?.secret ?? '', known?.hash ?? DUMMY_HASH);
    return known && isRight ? known : null;
  }

  #noteUse(key: LoadedApiKey, now: Date): void {
    key.lastUsedAt = now;
    if (key.isConfigured) return;
    const nowMs = this.clock.monotonicMs();
    if (key.useToldAtMs !== null && nowMs - key.useToldAtMs < STORED_USE_EVERY_MS) return;
    key.useToldAtMs = nowMs;
    void this.#storeUse(key);
  }

  async #storeUse(key: LoadedApiKey): Promise<void> {
    if (key.isConfigured || !key.lastUsedAt || key.useToldAtMs === null) return;
    try {
      await this.store.noteUse(key.id, key.lastUsedAt);
    } catch (error) {
      const { cause, message } = error as Error;
      this.#logger.warn(
        `That the key "${key.name}" was used could not be stored: ${cause instanceof Error ? cause.message : message}`,
      );
    }
  }

  /** Ends what is being told to those whose key expires. */
  #awaitExpiry(): void {
    this.#expiry?.cancel();
    const now = this.clock.now();
    const ends: number[] = [];
    for (const key of this.#keys.values()) {
      const state = key.state(now);
      if (state === 'expired') key.expire();
      if (state === 'live' && key.expiresAt) ends.push(key.expiresAt.getTime());
    }
    if (ends.length === 0) return;
    const waitMs = Math.min(MAX_WAIT_MS, Math.min(...ends) - now.getTime());
    this.#expiry = this.clock.after(
      waitMs,
      () => {
        this.#awaitExpiry();
      },
      { background: true },
    );
  }
}
