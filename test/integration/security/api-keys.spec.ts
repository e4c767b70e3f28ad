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
import { ALIKE, ratioOfTimes } from '../../support/ratio-of-times.js';
import { settled, StoppedClock } from '../../support/time/stopped-clock.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The keys that the store was told of, one word for each use. */
class CountingStore extends MemoryApiKeyStore {
  readonly uses: string[] = [];

  override noteUse(id: string, at: Date): Promise<void> {
    this.uses.push(at.toISOString());
    return super.noteUse(id, at);
  }
}

describe('API keys', () => {
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

  it('are not required until there is one, and from then on for ever', async () => {
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

  it('are required as soon as one stands in the configuration', async () => {
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

  it('let in with what they may do, and after a restart', async () => {
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

  it('are refused in the same words whatever is wrong with them', async () => {
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

  it('say that they were revoked or have expired only to whoever has them', async () => {
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

  it('end what is being told to whoever has them when they are revoked', async () => {
    const one = await add('one');
    const other = await add('other');
    const [first, second] = [keys.authenticate(one.text).revoked, keys.authenticate(other.text).revoked];
    await keys.revoke(one.id);
    expect([first.aborted, second.aborted]).toEqual([true, false]);
    expect(first.reason).toMatchObject({ code: 'key_revoked' });
  });

  it('end it when they expire, on the wall clock, within a minute even where that jumps', async () => {
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

  it('keep one timer at most, and none at the end', async () => {
    for (let i = 0; i < 20; i++) await add(`key-${i}`, { lifetimeMs: HOUR });
    expect(clock.timers.size).toBe(1);
    await keys.beforeApplicationShutdown();
    expect(clock.timers.size).toBe(0);
  });

  it('tell the store of their use once a minute at most, and of the last one at the end', async () => {
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

  it('let in although their use cannot be stored', async () => {
    const { text } = await add('crm');
    store.isFailing = true;
    expect(refusal(text)).toBeNull();
    keys.recordUse(keys.authenticate(text).by);
    await settled();
    await keys.beforeApplicationShutdown();
  });

  it('have names of their own, as long as they are good for something', async () => {
    await add('crm', { lifetimeMs: HOUR });
    await expect(add('crm')).rejects.toThrow(KeyRefused);
    await clock.pass(HOUR);
    await add('crm');
    await expect(add('crm')).rejects.toThrow(KeyRefused);
    await revoke('crm');
    await add('crm');
    expect(keys.list().map((key) => key.state(clock.now()))).toEqual(['expired', 'revoked', 'live']);
  });

  it('are added one after the other: of two of a name one is refused', async () => {
    const added = await Promise.allSettled([add('crm'), add('crm'), add('web')]);
    expect(added.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await store.list()).toHaveLength(2);
  });

  it('are revoked by id or name, once, and nothing else is', async () => {
    const { id, text } = await add('crm');
    const other = await add('web');
    await expect(revoke('nobody')).rejects.toThrow(KeyRefused);
    expect((await keys.revoke(id)).name).toBe('crm');
    await expect(keys.revoke(id)).rejects.toThrow(KeyRefused);
    await expect(revoke('crm')).rejects.toThrow(KeyRefused);
    expect([refusal(text), refusal(other.text)]).toEqual(['key_revoked', null]);
  });

  it('change nothing when the store fails', async () => {
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

  it('leave the door open when the first one could not be stored', async () => {
    store.isFailing = true;
    await expect(add('crm')).rejects.toThrow(StorageFailed);
    expect([keys.areRequired, keys.anonymous.revoked.aborted]).toEqual([false, false]);
  });

  it('add nothing to their signal by themselves', async () => {
    const { text } = await add('crm');
    for (let call = 0; call < 100; call++) keys.authenticate(text);
    expect(getEventListeners(keys.authenticate(text).revoked, 'abort')).toHaveLength(0);
  });
});

describe('the time that a refusal takes', () => {
  const CALLS = 100;

  let keys: ApiKeys;
  let right: string;
  beforeAll(async () => {
    keys = await ApiKeys.open(new MemoryApiKeyStore(), new StoppedClock());
    const { hash, text } = makeSecret('wak');
    right = text;
    await keys.add(
      keyOf({ name: 'crm', hash, scopes: SCOPES, accounts: null, lifetimeMs: null }, new Date()),
    );
  });

  function msOf(text: string, calls = CALLS): number {
    const startMs = performance.now();
    for (let call = 0; call < calls; call++) {
      try {
        keys.authenticate(text);
      } catch {
        continue;
      }
    }
    return performance.now() - startMs;
  }

  const wrongAt = (index: number): string =>
    right.slice(0, index) + (right[index] === 'A' ? 'B' : 'A') + right.slice(index + 1);

  it.each([
    ['an id that there is from one that nobody has', () => wrongAt(20), () => makeSecret('wak').text],
    ['how much of a secret is right', () => wrongAt(13), () => wrongAt(right.length - 2)],
  ])('does not tell %s', async (_, one, other) => {
    const [oneKey, otherKey] = [one(), other()];
    const { low, high } = await ratioOfTimes(
      () => msOf(oneKey),
      () => msOf(otherKey),
    );
    expect(low).toBeGreaterThan(ALIKE.low);
    expect(high).toBeLessThan(ALIKE.high);
  });

  it('would tell if it were twice as long', async () => {
    const key = wrongAt(20);
    const { low } = await ratioOfTimes(
      () => msOf(key, 2 * CALLS),
      () => msOf(key),
    );
    expect(low).toBeGreaterThan(ALIKE.high);
  });
});
