import assert from 'node:assert/strict';
import type { Failure } from '../../../src/whatsapp/domain/failure.js';
import { type Rule, rule } from '../rule.js';
import { accepted, bytes, id, LINKED_AT, type StorageSubject, writerOf } from '../storage-subject.js';

const FAILURE: Failure = {
  code: 'temporarily_banned',
  message: 'Gesperrt bis morgen – „später“ 😀',
  userAction: 'retry_later',
};
const CONFIRMED = new Date('2026-01-02T03:04:06.001Z');
const UNTIL = new Date('2099-12-31T23:59:59.999Z');

async function link(subject: StorageSubject, ...names: string[]): Promise<void> {
  for (const name of names) {
    const writer = await writerOf(subject, name);
    await writer.write(accepted(name, `49${name.length}`));
    await writer.close('drain');
  }
}

/** The rules that every adapter of `ConfigRepository` keeps. */
export const configRepositoryRules: readonly Rule<StorageSubject>[] = [
  rule('a new connector has the values of the acceptance', async (subject) => {
    await link(subject, 'sales');
    assert.deepEqual(await subject.config.find(id('sales')), {
      accountId: 'sales',
      phone: '495',
      linkedAt: LINKED_AT,
      confirmedAt: null,
      lastConnectedAt: null,
      unlinkedAt: null,
      lastError: null,
      parked: null,
    });
  }),

  rule('credentials without a connector create no connector', async (subject) => {
    await (await writerOf(subject, 'sales')).write({ credentials: bytes('1') });
    assert.equal(await subject.config.find(id('sales')), null);
    assert.deepEqual(await subject.config.list({ after: null, limit: 10 }), []);
  }),

  rule('updating an account without a connector does nothing', async (subject) => {
    await subject.config.update(id('sales'), { confirmedAt: CONFIRMED });
    assert.equal(await subject.config.find(id('sales')), null);
    await link(subject, 'sales');
    assert.equal((await subject.config.find(id('sales')))?.confirmedAt, null);
  }),

  rule('an update changes the given fields and no others', async (subject) => {
    await link(subject, 'sales', 'support');
    const { config } = subject;
    await config.update(id('sales'), { confirmedAt: CONFIRMED, lastError: FAILURE });
    await config.update(id('sales'), { lastConnectedAt: UNTIL });
    await config.update(id('sales'), { parked: { until: UNTIL } });
    await config.update(id('sales'), {});
    assert.deepEqual(await config.find(id('sales')), {
      accountId: 'sales',
      phone: '495',
      linkedAt: LINKED_AT,
      confirmedAt: CONFIRMED,
      lastConnectedAt: UNTIL,
      unlinkedAt: null,
      lastError: FAILURE,
      parked: { until: UNTIL },
    });
    assert.equal((await config.find(id('support')))?.confirmedAt, null);
  }),

  rule('an update with null clears a field', async (subject) => {
    await link(subject, 'sales');
    const { config } = subject;
    await config.update(id('sales'), { confirmedAt: CONFIRMED, lastError: FAILURE, parked: { until: null } });
    assert.deepEqual((await config.find(id('sales')))?.parked, { until: null });
    await config.update(id('sales'), { confirmedAt: null, lastError: null, parked: null });
    const found = await config.find(id('sales'));
    assert.deepEqual([found?.confirmedAt, found?.lastError, found?.parked], [null, null, null]);
  }),

  rule('a new acceptance resets confirmation, error and parking', async (subject) => {
    await link(subject, 'sales');
    const { config } = subject;
    await config.update(id('sales'), {
      confirmedAt: CONFIRMED,
      lastError: FAILURE,
      parked: { until: UNTIL },
    });
    await (await writerOf(subject, 'sales')).write({ credentials: bytes('saved again') });
    assert.deepEqual((await config.find(id('sales')))?.lastError, FAILURE);
    await (await writerOf(subject, 'sales')).write(accepted('again', '77'));
    const found = await config.find(id('sales'));
    assert.deepEqual(
      [found?.phone, found?.confirmedAt, found?.lastError, found?.parked],
      ['77', null, null, null],
    );
  }),

  rule('list returns the connectors in pages, ordered by id', async (subject) => {
    await link(subject, 'b', 'B', 'a_', 'a', '9');
    const { config } = subject;
    const page = async (after: string | null, limit: number): Promise<string[]> =>
      (await config.list({ after: after === null ? null : id(after), limit })).map(
        ({ accountId }) => accountId,
      );
    assert.deepEqual(await page(null, 3), ['9', 'B', 'a']);
    assert.deepEqual(await page('a', 3), ['a_', 'b']);
    assert.deepEqual(await page('b', 3), []);
    assert.deepEqual(await config.list({ after: id('a_'), limit: 1 }), [await config.find(id('b'))]);
  }),

  rule('accounts whose ids differ only in case have separate connectors', async (subject) => {
    await link(subject, 'Acme');
    assert.equal(await subject.config.find(id('acme')), null);
    await link(subject, 'acme', '__proto__');
    await subject.config.update(id('acme'), { confirmedAt: CONFIRMED });
    assert.equal((await subject.config.find(id('Acme')))?.confirmedAt, null);
    assert.equal((await subject.config.find(id('__proto__')))?.phone, '499');
  }),

  rule('connectors and settings are kept over a restart', async (subject) => {
    await link(subject, 'sales');
    await subject.config.update(id('sales'), { lastError: FAILURE, parked: { until: UNTIL } });
    await subject.config.saveSetting('version', '2.3000.1');
    const before = await subject.config.find(id('sales'));
    await subject.reopen();
    assert.deepEqual(await subject.config.find(id('sales')), before);
    assert.equal(await subject.config.setting('version'), '2.3000.1');
  }),

  rule('a setting is null until it is saved, and then has the last saved value', async (subject) => {
    const { config } = subject;
    for (const name of ['version', 'Version', '__proto__', ''])
      assert.equal(await config.setting(name), null);
    await config.saveSetting('version', '1');
    await config.saveSetting('__proto__', '');
    await config.saveSetting('version', 'zwei 😀\n');
    assert.equal(await config.setting('version'), 'zwei 😀\n');
    assert.equal(await config.setting('__proto__'), '');
    assert.equal(await config.setting('Version'), null);
  }),

  rule('settings are independent of accounts', async (subject) => {
    await subject.config.saveSetting('sales', 'value');
    const writer = await writerOf(subject, 'sales');
    await writer.write(accepted('sales'));
    await writer.erase();
    assert.equal(await subject.config.find(id('sales')), null);
    assert.equal(await subject.config.setting('sales'), 'value');
  }),
];
