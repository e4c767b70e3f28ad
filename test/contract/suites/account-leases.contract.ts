import assert from 'node:assert/strict';
import type { AccountLeases } from '../../../src/whatsapp/ports/account-leases.js';
import { type Disposable, type Rule, rule } from '../rule.js';
import { id } from '../storage-subject.js';

export interface AccountLeasesSubject extends Disposable {
  readonly leases: AccountLeases;
}

/** The rules that every adapter of `AccountLeases` keeps. */
export const accountLeasesRules: readonly Rule<AccountLeasesSubject>[] = [
  rule('a lease is held from acquire to release', async ({ leases }) => {
    assert.equal(leases.held(id('sales')), undefined);
    const lease = await leases.acquire(id('sales'));
    assert.equal(lease.accountId, 'sales');
    assert.equal(lease.lost.aborted, false);
    assert.equal(leases.held(id('sales')), lease);
    await leases.release(lease);
    assert.equal(leases.held(id('sales')), undefined);
    assert.equal(lease.lost.aborted, false);
  }),

  rule('an account has at most one lease', async ({ leases }) => {
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => leases.acquire(id('sales'))));
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
  }),

  rule('accounts have independent leases, also if their ids differ only in case', async ({ leases }) => {
    const lower = await leases.acquire(id('sales'));
    const upper = await leases.acquire(id('Sales'));
    const proto = await leases.acquire(id('__proto__'));
    await leases.release(lower);
    assert.equal(leases.held(id('sales')), undefined);
    assert.equal(leases.held(id('Sales')), upper);
    assert.equal(leases.held(id('__proto__')), proto);
  }),

  rule('the epoch grows with every lease of an account', async ({ leases }) => {
    let last = -Infinity;
    for (let round = 0; round < 3; round++) {
      const lease = await leases.acquire(id('sales'));
      assert.ok(lease.epoch > last);
      last = lease.epoch;
      await leases.release(lease);
    }
  }),

  rule('releasing an old lease again keeps the new one', async ({ leases }) => {
    const old = await leases.acquire(id('sales'));
    await leases.release(old);
    const lease = await leases.acquire(id('sales'));
    await leases.release(old);
    assert.equal(leases.held(id('sales')), lease);
  }),

  rule('after stop no lease can be acquired, and a held lease can be released', async ({ leases }) => {
    const lease = await leases.acquire(id('sales'));
    await leases.stop();
    await assert.rejects(leases.acquire(id('support')));
    assert.equal(leases.held(id('support')), undefined);
    await leases.release(lease);
    await assert.rejects(leases.acquire(id('sales')));
  }),

  rule('linked accounts without a lease are offered after the call', async ({ leases }) => {
    await leases.acquire(id('held'));
    const offered: string[] = [];
    leases.adopt([id('sales'), id('held'), id('support')], (accountId) => offered.push(accountId));
    assert.deepEqual(offered, []);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(offered.sort(), ['sales', 'support']);
  }),

  rule('an offered account can be acquired in the callback', async ({ leases }) => {
    const lease = await new Promise<unknown>((resolve) => {
      leases.adopt([id('sales')], (accountId) => {
        resolve(leases.acquire(accountId));
      });
    });
    assert.equal(leases.held(id('sales')), lease);
  }),

  rule('after stop no account is offered', async ({ leases }) => {
    const offered: string[] = [];
    leases.adopt([id('sales')], (accountId) => offered.push(accountId));
    await leases.stop();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(offered, []);
  }),
];
