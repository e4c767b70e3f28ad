import assert from 'node:assert/strict';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import type { Failure } from '../../../src/whatsapp/domain/failure.js';
import type { ErasureRecord } from '../../../src/whatsapp/domain/account.js';
import { type Rule, rule } from '../rule.js';
import { accepted, bytes, hexOf, id, LINKED_AT, type StorageSubject, writerOf } from '../storage-subject.js';

const FAILURE: Failure = {
  code: 'unlinked_by_phone',
  message: 'Das Telefon hat die Verknüpfung beendet – „bitte neu scannen“ 😀',
  userAction: 'scan_again',
};
const CONFIRMED = new Date('2026-01-02T03:04:06.001Z');
const CONNECTED = new Date('2026-02-03T04:05:06.007Z');
const ENDED = new Date('2026-03-04T05:06:07.008Z');
const LATER = new Date('2026-03-05T06:07:08.009Z');
const KEYS = [{ type: 'session', id: 'a', value: bytes('1') }];

const unlinked = (at = ENDED, failure = FAILURE): ErasureRecord => ({ kind: 'unlinked', at, failure });
const unconfirmed = (at = ENDED): ErasureRecord => ({ kind: 'logoutUnconfirmed', at });

async function link(subject: StorageSubject, ...names: string[]): Promise<void> {
  for (const name of names) {
    const writer = await writerOf(subject, name);
    await writer.write({ ...accepted(name), keys: KEYS });
    await writer.close('drain');
  }
}

async function erase(subject: StorageSubject, name: string, erasure?: ErasureRecord): Promise<void> {
  await (await writerOf(subject, name)).erase(erasure);
}

async function connectors({ config }: StorageSubject): Promise<string[]> {
  return (await config.list({ after: null, limit: 100 })).map(({ accountId }) => accountId);
}

async function logouts({ config }: StorageSubject): Promise<[string, Date][]> {
  return (await config.unconfirmedLogouts({ after: null, limit: 100 })).map(({ accountId, at }) => [
    accountId,
    at,
  ]);
}

async function holdsNoSecret(subject: StorageSubject, name: string): Promise<void> {
  const reader = await writerOf(subject, name);
  assert.equal(await subject.store.load(id(name)), null);
  assert.equal((await subject.store.linked({ after: null, limit: 100 })).includes(id(name)), false);
  assert.deepEqual(hexOf(await reader.read('session', ['a'])), {});
  assert.equal((await subject.config.find(id(name)))?.phone ?? null, null);
}

/** Rules about the saved config after the auth state was erased; they concern both ports together. */
export const erasureRules: readonly Rule<StorageSubject>[] = [
  rule('an unlinked account keeps its connector, marked as unlinked, and no secret', async (subject) => {
    await link(subject, 'sales');
    await subject.config.update(id('sales'), {
      confirmedAt: CONFIRMED,
      lastConnectedAt: CONNECTED,
      parked: { until: LATER },
    });
    await erase(subject, 'sales', unlinked());
    for (const restart of [false, true]) {
      if (restart) await subject.reopen();
      await holdsNoSecret(subject, 'sales');
      const found = await subject.config.find(id('sales'));
      assert.deepEqual(found, {
        accountId: 'sales',
        phone: null,
        linkedAt: LINKED_AT,
        confirmedAt: CONFIRMED,
        lastConnectedAt: CONNECTED,
        unlinkedAt: ENDED,
        lastError: FAILURE,
        parked: null,
      });
      assert.deepEqual(await subject.config.list({ after: null, limit: 10 }), [found]);
      assert.deepEqual(await logouts(subject), []);
    }
  }),

  rule('the connector of an unlinked account can be updated and stays unlinked', async (subject) => {
    await link(subject, 'sales');
    await erase(subject, 'sales', unlinked());
    await subject.config.update(id('sales'), { lastError: null });
    const found = await subject.config.find(id('sales'));
    assert.deepEqual([found?.lastError, found?.unlinkedAt, found?.phone], [null, ENDED, null]);
  }),

  rule('unlinking an account without a connector stores nothing', async (subject) => {
    await (await writerOf(subject, 'sales')).write({ credentials: bytes('1'), keys: KEYS });
    await erase(subject, 'sales', unlinked());
    await erase(subject, 'never written', unlinked());
    await holdsNoSecret(subject, 'sales');
    assert.deepEqual(await connectors(subject), []);
  }),

  rule('an unconfirmed logout is stored, and nothing else of the account', async (subject) => {
    await link(subject, 'sales', 'support');
    await erase(subject, 'sales', unconfirmed());
    for (const restart of [false, true]) {
      if (restart) await subject.reopen();
      await holdsNoSecret(subject, 'sales');
      assert.equal(await subject.config.find(id('sales')), null);
      assert.deepEqual(await connectors(subject), ['support']);
      assert.deepEqual(await logouts(subject), [['sales', ENDED]]);
    }
  }),

  rule('unconfirmed logouts are listed in pages, ordered by id', async (subject) => {
    for (const name of ['b', 'B', 'a_', 'a', '__proto__']) await erase(subject, name, unconfirmed());
    const page = async (after: string | null, limit: number): Promise<string[]> =>
      (await subject.config.unconfirmedLogouts({ after: after === null ? null : id(after), limit })).map(
        ({ accountId }) => accountId,
      );
    assert.deepEqual(await page(null, 3), ['B', '__proto__', 'a']);
    assert.deepEqual(await page('a', 3), ['a_', 'b']);
    assert.deepEqual(await page('b', 3), []);
  }),

  rule('removing an unconfirmed logout keeps the others, and can be repeated', async (subject) => {
    for (const name of ['sales', 'Sales']) await erase(subject, name, unconfirmed());
    await link(subject, 'support');
    for (const name of ['sales', 'sales', 'support', 'never written']) {
      await subject.config.forgetUnconfirmedLogout(id(name));
    }
    assert.deepEqual(await logouts(subject), [['Sales', ENDED]]);
    assert.deepEqual(await connectors(subject), ['support']);
  }),

  rule('an erasure stores its own record, and removes the record of an earlier one', async (subject) => {
    const ends: readonly (ErasureRecord | undefined)[] = [undefined, unlinked(), unconfirmed()];
    for (const first of ends) {
      for (const second of ends) {
        await link(subject, 'sales');
        await erase(subject, 'sales', first);
        await erase(subject, 'sales', second && { ...second, at: LATER });
        const kept = first?.kind === 'unlinked' && second?.kind === 'unlinked';
        assert.deepEqual((await subject.config.find(id('sales')))?.unlinkedAt, kept ? LATER : undefined);
        const remembered = second?.kind === 'logoutUnconfirmed';
        assert.deepEqual(await logouts(subject), remembered ? [['sales', LATER]] : []);
      }
    }
  }),

  rule('an erasure without a record removes every trace of the account', async (subject) => {
    for (const erasure of [unlinked(), unconfirmed()]) {
      await link(subject, 'sales');
      await erase(subject, 'sales', erasure);
      await erase(subject, 'sales');
      await subject.reopen();
      assert.equal(await subject.config.find(id('sales')), null);
      assert.deepEqual([await connectors(subject), await logouts(subject)], [[], []]);
    }
  }),

  rule('an erasure does not affect the records of other accounts', async (subject) => {
    await link(subject, 'sales', 'Sales');
    const before = await subject.config.find(id('Sales'));
    await erase(subject, 'support', unconfirmed());
    for (const erasure of [unlinked(), unconfirmed(), undefined]) await erase(subject, 'sales', erasure);
    assert.deepEqual(await subject.config.find(id('Sales')), before);
    assert.deepEqual(await logouts(subject), [['support', ENDED]]);
  }),

  rule('an accepted device removes the mark and the unconfirmed logout', async (subject) => {
    for (const erasure of [unlinked(), unconfirmed()]) {
      await link(subject, 'sales');
      await erase(subject, 'sales', erasure);
      await (await writerOf(subject, 'sales')).write(accepted('again', '77'));
      const found = await subject.config.find(id('sales'));
      assert.deepEqual([found?.phone, found?.unlinkedAt, found?.lastError], ['77', null, null]);
      assert.deepEqual(await logouts(subject), []);
      await erase(subject, 'sales');
    }
  }),

  rule(
    'credentials or keys without a connector keep the mark and the unconfirmed logout',
    async (subject) => {
      await link(subject, 'unlinked');
      await erase(subject, 'unlinked', unlinked());
      await erase(subject, 'unconfirmed', unconfirmed());
      for (const name of ['unlinked', 'unconfirmed']) {
        await (await writerOf(subject, name)).write({ credentials: bytes('1'), keys: KEYS });
      }
      const found = await subject.config.find(id('unlinked'));
      assert.deepEqual([found?.unlinkedAt, found?.phone], [ENDED, null]);
      assert.deepEqual(await logouts(subject), [['unconfirmed', ENDED]]);
    },
  ),

  rule('an acceptance that cannot be stored keeps the mark and the unconfirmed logout', async (subject) => {
    await link(subject, 'unlinked');
    await erase(subject, 'unlinked', unlinked());
    await erase(subject, 'unconfirmed', unconfirmed());
    const large = [...KEYS, { type: 'session', id: 'large', value: new Uint8Array(1_000_000) }];
    await subject.whileFull(async () => {
      for (const name of ['unlinked', 'unconfirmed']) {
        const writer = await writerOf(subject, name);
        await assert.rejects(writer.write({ ...accepted(name), keys: large }), StorageFailed);
      }
    });
    await holdsNoSecret(subject, 'unlinked');
    assert.deepEqual((await subject.config.find(id('unlinked')))?.unlinkedAt, ENDED);
    assert.deepEqual(await logouts(subject), [['unconfirmed', ENDED]]);
  }),
];
