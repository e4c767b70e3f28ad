import assert from 'node:assert/strict';
import type { ApiKey, ApiKeyStore } from '../../../src/security/ports/api-key.store.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import { type Rule, rule } from '../rule.js';

/** A store of API keys, and the interventions that the tests need. */
export interface ApiKeySubject {
  readonly keys: ApiKeyStore;
  /** Simulates a restart: afterwards `keys` is a new object on the same data. */
  reopen(): Promise<void>;
  dispose(): Promise<void>;
}

const CREATED = new Date('2026-01-02T03:04:05.678Z');
const SOON = new Date('2026-01-02T04:00:00.001Z');
const LATER = new Date('2026-01-02T05:00:00.002Z');

function key(id: string, more: Partial<ApiKey> = {}): ApiKey {
  return {
    id,
    name: `name of ${id}`,
    hash: `1.salt.hash-of-${id}`,
    scopes: ['read'],
    accounts: null,
    createdAt: CREATED,
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    ...more,
  };
}

const FULL = key('Zz9Zz9Zz', {
  name: 'Büro.Nord-1_@',
  scopes: ['read', 'pair', 'disconnect', 'admin'],
  accounts: ['__proto__', 'shop-*', '*'],
  expiresAt: LATER,
  lastUsedAt: SOON,
  revokedAt: LATER,
});

async function idsOf({ keys }: ApiKeySubject): Promise<string[]> {
  return (await keys.list()).map(({ id }) => id);
}

async function find({ keys }: ApiKeySubject, id: string): Promise<ApiKey | undefined> {
  return (await keys.list()).find((one) => one.id === id);
}

export const apiKeyStoreRules: readonly Rule<ApiKeySubject>[] = [
  rule('a key is listed as it was added', async ({ keys }) => {
    assert.deepEqual(await keys.list(), []);
    await keys.add(FULL);
    await keys.add(key('plain'));
    assert.deepEqual(await keys.list(), [FULL, key('plain')]);
  }),

  rule('keys are listed in the order in which they were added', async (subject) => {
    for (const id of ['b', 'B', 'a', '9'])
      await subject.keys.add(key(id, { createdAt: id === 'a' ? new Date(0) : CREATED }));
    assert.deepEqual(await idsOf(subject), ['b', 'B', 'a', '9']);
  }),

  rule('several keys can have the same name', async (subject) => {
    await subject.keys.add(key('one', { name: 'crm' }));
    await subject.keys.add(key('two', { name: 'crm' }));
    assert.deepEqual(await idsOf(subject), ['one', 'two']);
  }),

  rule('a second key with the same id is refused, and the first key stays', async (subject) => {
    await subject.keys.add(key('one', { scopes: ['read'] }));
    await assert.rejects(subject.keys.add(key('one', { scopes: ['admin'] })), StorageFailed);
    assert.deepEqual(await subject.keys.list(), [key('one', { scopes: ['read'] })]);
  }),

  rule('a revocation concerns only its own key', async ({ keys }) => {
    for (const id of ['one', 'One', 'two']) await keys.add(key(id));
    await keys.revoke('one', SOON);
    assert.deepEqual(await keys.list(), [key('one', { revokedAt: SOON }), key('One'), key('two')]);
  }),

  rule('the time of the first revocation stays', async (subject) => {
    await subject.keys.add(key('one'));
    await subject.keys.revoke('one', LATER);
    await subject.keys.revoke('one', SOON);
    assert.deepEqual((await find(subject, 'one'))?.revokedAt, LATER);
  }),

  rule('a use changes only the time of the last use of its key', async ({ keys }) => {
    await keys.add(key('one'));
    await keys.add(key('One'));
    await keys.noteUse('one', SOON);
    assert.deepEqual(await keys.list(), [key('one', { lastUsedAt: SOON }), key('One')]);
  }),

  rule('the time of the latest use is kept', async (subject) => {
    await subject.keys.add(key('one'));
    for (const at of [SOON, LATER, CREATED]) await subject.keys.noteUse('one', at);
    assert.deepEqual((await find(subject, 'one'))?.lastUsedAt, LATER);
  }),

  rule('a change of an unknown id changes nothing', async ({ keys }) => {
    await keys.add(key('one'));
    await keys.revoke('two', SOON);
    await keys.noteUse('two', SOON);
    assert.deepEqual(await keys.list(), [key('one')]);
  }),

  rule('keys, revocations and uses are kept over a restart', async (subject) => {
    await subject.keys.add(FULL);
    await subject.keys.add(key('one'));
    await subject.keys.revoke('one', SOON);
    await subject.keys.noteUse('one', LATER);
    const before = await subject.keys.list();
    await subject.reopen();
    assert.deepEqual(await subject.keys.list(), before);
    assert.deepEqual(before, [FULL, key('one', { revokedAt: SOON, lastUsedAt: LATER })]);
  }),
];
