import assert from 'node:assert/strict';
import type { AccountLeases } from '../../../src/whatsapp/ports/account-leases.js';
import { type Disposable, type Rule, rule } from '../rule.js';
import { id } from '../storage-subject.js';

export interface AccountOwnershipSubject extends Disposable {
  readonly ownership: AccountLeases;
}

export const accountOwnershipRules: readonly Rule<AccountOwnershipSubject>[] = [
  rule('a hold is held from acquire to release', async ({ ownership }) => {
    assert.equal(ownership.isHeld(id('sales')), undefined);
    const lease = await ownership.acquire(id('sales'));
    assert.equal(lease.accountId, 'sales');
    assert.equal(lease.lost.aborted, false);
    assert.equal(ownership.isHeld(id('sales')), lease);
    await ownership.release(lease);
    assert.equal(ownership.isHeld(id('sales')), undefined);
    assert.equal(lease.lost.aborted, false);
  }),

  rule('an account is held once at most', async ({ ownership }) => {
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => ownership.acquire(id('sales'))));
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
  }),

  rule('accounts are held independently, also when they differ in case only', async ({ ownership }) => {
    const lower = await ownership.acquire(id('sales'));
    const upper = await ownership.acquire(id('Sales'));
    const proto = await ownership.acquire(id('__proto__'));
    await ownership.release(lower);
    assert.equal(ownership.isHeld(id('sales')), undefined);
    assert.equal(ownership.isHeld(id('Sales')), upper);
    assert.equal(ownership.isHeld(id('__proto__')), proto);
  }),

  rule('the epoch grows with every hold of an account', async ({ ownership }) => {
    let last = -Infinity;
    for (let round = 0; round < 3; round++) {
      const lease = await ownership.acquire(id('sales'));
      assert.ok(lease.epoch > last);
      last = lease.epoch;
      await ownership.release(lease);
    }
  }),

  rule('releasing an old hold again leaves the new one', async ({ ownership }) => {
    const old = await ownership.acquire(id('sales'));
    await ownership.release(old);
    const lease = await ownership.acquire(id('sales'));
    await ownership.release(old);
    assert.equal(ownership.isHeld(id('sales')), lease);
  }),

  rule('after stop nothing can be acquired, and what is held can be released', async ({ ownership }) => {
    const lease = await ownership.acquire(id('sales'));
    await ownership.stop();
    await assert.rejects(ownership.acquire(id('support')));
    assert.equal(ownership.isHeld(id('support')), undefined);
    await ownership.release(lease);
    await assert.rejects(ownership.acquire(id('sales')));
  }),

  rule('linked accounts that nobody holds are offered, later than the call', async ({ ownership }) => {
    await ownership.acquire(id('held'));
    const offered: string[] = [];
    ownership.adopt([id('sales'), id('held'), id('support')], (accountId) => offered.push(accountId));
    assert.deepEqual(offered, []);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(offered.sort(), ['sales', 'support']);
  }),

  rule('an offered account can be acquired within the offer', async ({ ownership }) => {
    const hold = await new Promise<unknown>((resolve) => {
      ownership.adopt([id('sales')], (accountId) => {
        resolve(ownership.acquire(accountId));
      });
    });
    assert.equal(ownership.isHeld(id('sales')), hold);
  }),

  rule('after stop nothing is offered any more', async ({ ownership }) => {
    const offered: string[] = [];
    ownership.adopt([id('sales')], (accountId) => offered.push(accountId));
    await ownership.stop();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(offered, []);
  }),
];
