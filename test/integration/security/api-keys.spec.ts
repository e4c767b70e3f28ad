import { getEventListeners } from 'node:events';
import { Logger } from '@nestjs/common';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiKeys, KeyRefused } from '../../../src/security/keys/api-keys.js';
import { configuredKeys } from '../../../src/security/keys/configured-keys.js';
import { keyOf } from '../../../src/security/keys/key-request.js';
import type { LoadedApiKey } from '../../../src/security/keys/loaded-api-key.js';
import type { ApiKey } from '../../../src/security/ports/api-key.store.js';
import { makeSecret } from '../../../src/security/access/secret.js';
import { type DomainError, StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import { SCOPES } from '../../../src/whatsapp/domain/scope.js';
import { MemoryApiKeyStore } from '../../contract/memory/memory-api-keys.js';
import { settled, StoppedClock } from '../../support/time/stopped-clock.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Store that records every use, and can delay changes of keys. */
class CountingStore extends MemoryApiKeyStore {
  readonly uses: string[] = [];
  /** Changes of keys wait for this promise. */
  held = Promise.resolve();

  override async add(key: ApiKey): Promise<void> {
    await this.held;
    await super.add(key);
  }

  override async revoke(id: string, at: Date): Promise<void> {
    await this.held;
    await super.revoke(id, at);
  }

  override noteUse(id: string, at: Date): Promise<void> {
    this.uses.push(at.toISOString());
    return super.noteUse(id, at);
  }
}

describe('ApiKeys', () => {
  let clock: StoppedClock;
  let store: CountingStore;
  let keys: ApiKeys;

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  beforeEach(async () => {
    clock = new StoppedClock();
    store = new CountingStore();
    keys = await ApiKeys.open(store, clock);
  });

  async function add(
    name: string,
    { lifetimeMs = null, ...access }: { lifetimeMs?: number | null } & Partial<ApiKey> = {},
  ) {
    const { text, hash, id } = makeSecret('wak');
    await keys.add(keyOf({ name, hash, scopes: SCOPES, accounts: null, ...access, lifetimeMs }, clock.now()));
    return { text, id };
  }

  const revoke = (name: string): Promise<LoadedApiKey> => keys.revoke(keys.find(name)?.id ?? name);

  function refusal(text: string): string | null {
    try {
      keys.authenticate(text);
      return null;
    } catch (error) {
      return (error as DomainError).code;
    }
  }

  it('calls need no key until the first key exists, and need one permanently from then on', async () => {
    expect(keys.areRequired).toBe(false);
    expect(keys.anonymous.revoked.aborted).toBe(false);
    const { id } = await add('crm');
    expect([keys.areRequired, keys.anonymous.revoked.aborted]).toEqual([true, true]);
    expect(keys.anonymous.revoked.reason).toMatchObject({ code: 'key_missing' });
    await keys.revoke(id);
    expect(keys.areRequired).toBe(true);
    keys = await ApiKeys.open(store, clock);
    expect([keys.areRequired, keys.anonymous.revoked.aborted]).toEqual([true, true]);
  });

  it('calls need a key as soon as the configuration has one', async () => {
    const { text, hash, id } = makeSecret('wak');
    keys = await ApiKeys.open(store, clock, configuredKeys(`crm:${hash}:read:acme`));
    expect(keys.areRequired).toBe(true);
    expect(keys.authenticate(text)).toMatchObject({
      by: { kind: 'key', id, name: 'crm' },
      access: { scopes: ['read'], accounts: ['acme'] },
    });
    await expect(revoke('crm')).rejects.toThrow(/WHATSAPP_API_KEYS/);
    await keys.beforeApplicationShutdown();
    expect(store.uses).toEqual([]);
  });

  it('a key authenticates with its scopes and accounts, also after a restart', async () => {
    const { text, id } = await add('crm', { scopes: ['read'], accounts: ['shop-*'] });
    for (const restart of [false, true]) {
      if (restart) keys = await ApiKeys.open(store, clock);
      expect(keys.authenticate(text)).toMatchObject({
        by: { kind: 'key', id, name: 'crm' },
        access: { scopes: ['read'], accounts: ['shop-*'] },
        onlyPhone: null,
      });
    }
  });

  it('every wrong key gets the same refusal', async () => {
    const { text, id } = await add('crm');
    const another = makeSecret('wak').text;
    for (const wrong of [
      another,
      `wak_${id}_${another.slice(13)}`,
      text.slice(0, -1),
      'wak_',
      '',
      'x'.repeat(1e6),
    ]) {
      expect(refusal(wrong)).toBe('key_invalid');
    }
    expect(refusal(text)).toBeNull();
  });

  it('only the holder of a key learns that it was revoked or has expired', async () => {
    const revoked = await add('revoked');
    const expired = await add('expired', { lifetimeMs: HOUR });
    await revoke('revoked');
    await clock.pass(HOUR);
    expect(refusal(revoked.text)).toBe('key_revoked');
    expect(refusal(expired.text)).toBe('key_expired');
    for (const { id } of [revoked, expired]) {
      expect(refusal(`wak_${id}_${makeSecret('wak').text.slice(13)}`)).toBe('key_invalid');
    }
  });

  it('revoking a key ends its open streams and no others', async () => {
    const one = await add('one');
    const other = await add('other');
    const [first, second] = [keys.authenticate(one.text).revoked, keys.authenticate(other.text).revoked];
    await keys.revoke(one.id);
    expect([first.aborted, second.aborted]).toEqual([true, false]);
    expect(first.reason).toMatchObject({ code: 'key_revoked' });
  });

  it('an expired key ends its open streams within a minute, even when the wall clock jumps', async () => {
    const { revoked } = keys.authenticate((await add('short', { lifetimeMs: 5 * SECOND })).text);
    const long = await add('long', { lifetimeMs: 40 * 24 * HOUR });
    const longOver = keys.authenticate(long.text).revoked;
    await clock.pass(4_999);
    expect(revoked.aborted).toBe(false);
    await clock.pass(1);
    expect([revoked.aborted, longOver.aborted]).toEqual([true, false]);
    expect(revoked.reason).toMatchObject({ code: 'key_expired' });
    clock.jump(40 * 24 * HOUR);
    await clock.pass(MINUTE);
    expect(longOver.aborted).toBe(true);
    expect(refusal(long.text)).toBe('key_expired');
  });

  it('many keys use one timer, and none after the shutdown', async () => {
    for (let i = 0; i < 20; i++) await add(`key-${i}`, { lifetimeMs: HOUR });
    expect(clock.timers.size).toBe(1);
    await keys.beforeApplicationShutdown();
    expect(clock.timers.size).toBe(0);
  });

  it.each(['add', 'revoke'])('a shutdown waits until a running %s is stored', async (change) => {
    const { id } = await add('crm');
    let release = (): void => undefined;
    store.held = new Promise((resolve) => (release = resolve));
    const changing = change === 'add' ? add('web', { lifetimeMs: HOUR }) : keys.revoke(id);
    let isShutDown = false;
    const shutdown = keys.beforeApplicationShutdown().then(() => (isShutDown = true));
    await settled();
    expect(isShutDown).toBe(false);
    release();
    await shutdown;
    const stored = await store.list();
    if (change === 'add') expect(stored.map(({ name }) => name)).toEqual(['crm', 'web']);
    else expect(stored.map(({ revokedAt }) => revokedAt)).toEqual([clock.now()]);
    expect(clock.timers.size).toBe(0);
    await changing;
  });

  it('the store receives a use of a key at most once a minute, and the last use at the shutdown', async () => {
    const { text, id } = await add('crm');
    await add('unused');
    for (let call = 0; call < 50; call++) {
      keys.recordUse(keys.authenticate(text).by);
      await clock.pass(SECOND);
    }
    expect(store.uses).toHaveLength(1);
    await clock.pass(10 * SECOND);
    keys.recordUse(keys.authenticate(text).by);
    expect(store.uses).toHaveLength(2);
    await clock.pass(5 * SECOND);
    keys.recordUse(keys.authenticate(text).by);
    const last = clock.now();
    await keys.beforeApplicationShutdown();
    expect((await store.list()).map(({ id, lastUsedAt }) => [id, lastUsedAt])).toContainEqual([id, last]);
    expect(store.uses).toHaveLength(3);
    keys = await ApiKeys.open(store, clock);
    await keys.beforeApplicationShutdown();
    expect(store.uses).toHaveLength(3);
  });

  it('the shutdown stores no use of a key that the store has', async () => {
    const { text } = await add('crm');
    keys.recordUse(keys.authenticate(text).by);
    await settled();
    await keys.beforeApplicationShutdown();
    expect(store.uses).toHaveLength(1);
  });

  it('a key authenticates although its use cannot be stored', async () => {
    const { text } = await add('crm');
    store.isFailing = true;
    expect(refusal(text)).toBeNull();
    keys.recordUse(keys.authenticate(text).by);
    await settled();
    await keys.beforeApplicationShutdown();
  });

  it('two usable keys cannot have the same name', async () => {
    await add('crm', { lifetimeMs: HOUR });
    await expect(add('crm')).rejects.toThrow(KeyRefused);
    await clock.pass(HOUR);
    await add('crm');
    await expect(add('crm')).rejects.toThrow(KeyRefused);
    await revoke('crm');
    await add('crm');
    expect(keys.list().map((key) => key.state(clock.now()))).toEqual(['expired', 'revoked', 'live']);
  });

  it('the second of two simultaneous additions with one name is refused', async () => {
    const added = await Promise.allSettled([add('crm'), add('crm'), add('web')]);
    expect(added.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await store.list()).toHaveLength(2);
  });

  it('a key is revoked once, by its id or its name, and no other key is', async () => {
    const { id, text } = await add('crm');
    const other = await add('web');
    await expect(revoke('unknown')).rejects.toThrow(KeyRefused);
    expect((await keys.revoke(id)).name).toBe('crm');
    await expect(keys.revoke(id)).rejects.toThrow(KeyRefused);
    await expect(revoke('crm')).rejects.toThrow(KeyRefused);
    expect([refusal(text), refusal(other.text)]).toEqual(['key_revoked', null]);
  });

  it('a failed write to the store changes no key', async () => {
    const { text } = await add('crm');
    const { revoked } = keys.authenticate(text);
    store.isFailing = true;
    await expect(revoke('crm')).rejects.toThrow(StorageFailed);
    await expect(add('web')).rejects.toThrow(StorageFailed);
    expect([refusal(text), revoked.aborted, keys.list().length]).toEqual([null, false, 1]);
    store.isFailing = false;
    await revoke('crm');
    expect(refusal(text)).toBe('key_revoked');
  });

  it('calls still need no key when the first key could not be stored', async () => {
    store.isFailing = true;
    await expect(add('crm')).rejects.toThrow(StorageFailed);
    expect([keys.areRequired, keys.anonymous.revoked.aborted]).toEqual([false, false]);
  });

  it('authenticating with a key adds no listeners to its abort signal', async () => {
    const { text } = await add('crm');
    for (let call = 0; call < 100; call++) keys.authenticate(text);
    expect(getEventListeners(keys.authenticate(text).revoked, 'abort')).toHaveLength(0);
  });
});
