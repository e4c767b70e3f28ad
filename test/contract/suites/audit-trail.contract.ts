import assert from 'node:assert/strict';
import type {
  AuditEntry,
  AuditPage,
  AuditTrailStore,
  AuditedCall,
} from '../../../src/security/ports/audit-trail.store.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import { type Rule, rule } from '../rule.js';
import { id } from '../storage-subject.js';

/** An audit trail, and the interventions that the tests need. */
export interface AuditTrailSubject {
  readonly trail: AuditTrailStore;
  /** Simulates a restart: afterwards `trail` is a new object on the same data. */
  reopen(): Promise<void>;
  /** While `work` runs, an entry of 1 MB does not fit into the store. */
  whileFull(work: () => Promise<void>): Promise<void>;
  dispose(): Promise<void>;
}

const AT = new Date('2026-01-02T03:04:05.678Z');
const MANY = 1_100;

function callOf(change: Partial<AuditedCall> = {}): AuditedCall {
  return {
    at: AT,
    by: { kind: 'key', id: 'k7Qm2xZ9', name: 'Büro „eins“ 😀' },
    action: 'pair',
    accountId: id('sales'),
    subject: null,
    address: '203.0.113.7',
    ...change,
  };
}

/** Returns a call with a time of its own, in milliseconds, so that calls can be distinguished. */
const at = (ms: number, change: Partial<AuditedCall> = {}): AuditedCall =>
  callOf({ at: new Date(ms), ...change });

async function page(
  { trail }: AuditTrailSubject,
  { before = null, limit = 2_000, accountId = null }: Partial<AuditPage> = {},
): Promise<readonly AuditEntry[]> {
  return trail.list({ before, limit, accountId });
}

const timesOf = (entries: readonly AuditEntry[]): number[] => entries.map((entry) => entry.at.getTime());

async function append(subject: AuditTrailSubject, ...calls: AuditedCall[]): Promise<number[]> {
  const numbers: number[] = [];
  for (const call of calls) numbers.push(await subject.trail.append(call));
  return numbers;
}

export const auditTrailRules: readonly Rule<AuditTrailSubject>[] = [
  rule('an entry is listed as it was appended, without a result', async (subject) => {
    const nothing = callOf({
      by: { kind: 'command', id: null, name: null },
      action: 'create_key',
      accountId: null,
      subject: 'Zp04TtWa',
      address: null,
    });
    const [first, second] = await append(subject, callOf(), nothing);
    assert.deepEqual(await page(subject), [
      { number: second, ...nothing, result: null },
      { number: first, ...callOf(), result: null },
    ]);
  }),

  rule('simultaneous entries are in the order of their calls', async (subject) => {
    const calls = Array.from({ length: 50 }, (_, index) => at(index));
    const numbers = await Promise.all(calls.map((call) => subject.trail.append(call)));
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
    assert.equal(new Set(numbers).size, calls.length);
    const entries = await page(subject);
    assert.deepEqual(
      [...entries].reverse().map(({ number, at: time }) => [number, time.getTime()]),
      calls.map((call, index) => [numbers[index], call.at.getTime()]),
    );
  }),

  rule('a result completes only its entry, and the first result stays', async (subject) => {
    const [first = 0, second = 0] = await append(subject, at(1), at(2), at(3));
    await subject.trail.complete(second, 'storage_failed', null);
    await subject.trail.complete(second, 'ok', null);
    await subject.trail.complete(first, 'ok', null);
    assert.deepEqual(
      (await page(subject)).map(({ result }) => result),
      [null, 'storage_failed', 'ok'],
    );
  }),

  rule('completing an entry changes only its result', async (subject) => {
    const [number = 0] = await append(subject, callOf());
    await subject.trail.complete(number, 'busy', null);
    assert.deepEqual(await page(subject), [{ number, ...callOf(), result: 'busy' }]);
  }),

  rule('completing an entry adds a missing subject and keeps an existing one', async (subject) => {
    const [later = 0, before = 0] = await append(subject, at(1), at(2, { subject: 'earlier0' }));
    await subject.trail.complete(later, 'ok', 'known000');
    await subject.trail.complete(before, 'ok', 'another0');
    assert.deepEqual(
      (await page(subject)).map(({ subject: about }) => about),
      ['earlier0', 'known000'],
    );
  }),

  rule('completing an unknown entry does nothing', async (subject) => {
    await subject.trail.complete(1, 'ok', null);
    assert.deepEqual(await page(subject), []);
    const [number = 0] = await append(subject, at(1));
    await subject.trail.complete(number + 1, 'ok', null);
    assert.deepEqual(
      (await page(subject)).map(({ result }) => result),
      [null],
    );
  }),

  rule('pages list the latest entries first, and do not shift when entries are added', async (subject) => {
    // The wall clock was set back in between, so the order by time differs from the order of the calls.
    await append(subject, at(10), at(20), at(5), at(30));
    const [, last] = await page(subject, { limit: 2 });
    assert.deepEqual(timesOf(await page(subject, { limit: 2 })), [30, 5]);
    await append(subject, at(40), at(50));
    const before = last?.number ?? null;
    assert.deepEqual(timesOf(await page(subject, { before, limit: 2 })), [20, 10]);
    assert.deepEqual(timesOf(await page(subject, { before, limit: 1 })), [20]);
    assert.deepEqual(await page(subject, { before: 1 }), []);
  }),

  rule('a page of an account has only entries of that account', async (subject) => {
    await append(
      subject,
      at(1, { accountId: id('acme') }),
      at(2, { accountId: id('Acme') }),
      at(3, { accountId: null }),
      at(4, { accountId: id('acme') }),
      at(5, { accountId: id('__proto__') }),
      at(6, { accountId: id('acme') }),
    );
    const [, middle] = await page(subject, { accountId: id('acme') });
    assert.deepEqual(timesOf(await page(subject, { accountId: id('acme') })), [6, 4, 1]);
    const before = middle?.number ?? null;
    assert.deepEqual(timesOf(await page(subject, { accountId: id('acme'), before, limit: 1 })), [1]);
    assert.deepEqual(timesOf(await page(subject, { accountId: id('__proto__') })), [5]);
    assert.deepEqual(await page(subject, { accountId: id('ACME') }), []);
  }),

  rule('forgetBefore removes exactly the entries that are older than the given time', async (subject) => {
    await append(subject, at(100), at(99), at(101), at(50));
    await subject.trail.forgetBefore(new Date(100));
    assert.deepEqual(timesOf(await page(subject)), [101, 100]);
  }),

  rule('forgetBefore removes any number of entries', async (subject) => {
    const old = Array.from({ length: MANY }, (_, index) => at(index));
    await Promise.all([...old, at(MANY)].map((call) => subject.trail.append(call)));
    await subject.trail.forgetBefore(new Date(MANY));
    assert.deepEqual(timesOf(await page(subject)), [MANY]);
  }),

  rule('a number is never used again', async (subject) => {
    const numbers = await append(subject, at(1), at(2));
    await subject.trail.forgetBefore(new Date(3));
    assert.deepEqual(await page(subject), []);
    await subject.reopen();
    const [next = 0] = await append(subject, at(4));
    assert.ok(next > Math.max(...numbers));
  }),

  rule('entries are kept over a restart, also without a result', async (subject) => {
    const [number = 0] = await append(subject, at(1), at(2));
    await subject.trail.complete(number, 'ok', null);
    const before = await page(subject);
    await subject.reopen();
    assert.deepEqual(await page(subject), before);
    assert.deepEqual(
      before.map(({ result }) => result),
      [null, 'ok'],
    );
  }),

  rule('an entry that does not fit fails, and the others stay', async (subject) => {
    await append(subject, at(1));
    await subject.whileFull(async () => {
      const large = callOf({ by: { kind: 'key', id: 'k7Qm2xZ9', name: 'x'.repeat(1_000_000) } });
      await assert.rejects(subject.trail.append(large), StorageFailed);
    });
    await append(subject, at(2));
    assert.deepEqual(timesOf(await page(subject)), [2, 1]);
  }),
];
