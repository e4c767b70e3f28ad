import assert from 'node:assert/strict';
import type { PageLink, PageLinkStore } from '../../../src/security/ports/page-link.store.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import type { PhoneNumber } from '../../../src/whatsapp/domain/phone-number.js';
import { type Rule, rule } from '../rule.js';

/** A store of page links, and the interventions that the tests need. */
export interface PageLinkSubject {
  readonly links: PageLinkStore;
  /** Simulates a restart: afterwards `links` is a new object on the same data. */
  reopen(): Promise<void>;
  dispose(): Promise<void>;
}

const CREATED = new Date('2026-01-02T03:04:05.678Z');
const EXPIRES = new Date('2026-01-03T03:04:05.678Z');
const SOON = new Date('2026-01-02T04:00:00.001Z');
const LATER = new Date('2026-01-02T05:00:00.002Z');

function link(id: string, more: Partial<PageLink> = {}): PageLink {
  return {
    id,
    accountId: 'sales' as AccountId,
    hash: `1.salt.hash-of-${id}`,
    expectedPhone: null,
    returnUrl: null,
    createdBy: null,
    createdAt: CREATED,
    expiresAt: EXPIRES,
    ended: null,
    ...more,
  };
}

const FULL = link('Zz9Zz9Zz', {
  accountId: '__proto__' as AccountId,
  expectedPhone: '491700000001' as PhoneNumber,
  returnUrl: 'https://shop.example/a?b=%F0%9F%98%80#c',
  createdBy: 'Büro – „Nord“ 😀',
});

async function idsOf({ links }: PageLinkSubject): Promise<string[]> {
  return (await links.list()).map(({ id }) => id);
}

export const pageLinkStoreRules: readonly Rule<PageLinkSubject>[] = [
  rule('a link is listed as it was added', async ({ links }) => {
    assert.deepEqual(await links.list(), []);
    await links.add(FULL);
    await links.add(link('plain'));
    assert.deepEqual(await links.list(), [FULL, link('plain')]);
  }),

  rule('links are listed in the order in which they were added', async (subject) => {
    for (const id of ['b', 'B', 'a', '9'])
      await subject.links.add(link(id, { createdAt: id === 'a' ? new Date(0) : CREATED }));
    assert.deepEqual(await idsOf(subject), ['b', 'B', 'a', '9']);
  }),

  rule('an account can have several links', async (subject) => {
    await subject.links.add(link('one'));
    await subject.links.add(link('two'));
    assert.deepEqual(await idsOf(subject), ['one', 'two']);
  }),

  rule('a second link with the same id is refused, and the first link stays', async ({ links }) => {
    await links.add(link('one'));
    await assert.rejects(links.add(link('one', { accountId: 'support' as AccountId })), StorageFailed);
    assert.deepEqual(await links.list(), [link('one')]);
  }),

  rule('ending a link changes only that link', async ({ links }) => {
    for (const id of ['one', 'One', 'two']) await links.add(link(id));
    await links.end('one', 'used', SOON);
    await links.end('two', 'revoked', LATER);
    assert.deepEqual(await links.list(), [
      link('one', { ended: { as: 'used', at: SOON } }),
      link('One'),
      link('two', { ended: { as: 'revoked', at: LATER } }),
    ]);
  }),

  rule('the first end of a link stays', async ({ links }) => {
    await links.add(link('one'));
    await links.end('one', 'used', LATER);
    await links.end('one', 'revoked', SOON);
    await links.end('one', 'used', SOON);
    assert.deepEqual((await links.list())[0]?.ended, { as: 'used', at: LATER });
  }),

  rule('ending an unknown link creates no link', async ({ links }) => {
    await links.end('one', 'used', SOON);
    assert.deepEqual(await links.list(), []);
    await links.add(link('one'));
    assert.deepEqual(await links.list(), [link('one')]);
  }),

  rule('forgetBefore removes exactly the links that expired before the given time', async (subject) => {
    const { links } = subject;
    await links.add(link('before', { expiresAt: new Date(LATER.getTime() - 1) }));
    await links.add(link('then', { expiresAt: LATER }));
    await links.add(link('after', { expiresAt: EXPIRES }));
    await links.forgetBefore(LATER);
    assert.deepEqual(await idsOf(subject), ['then', 'after']);
  }),

  rule(
    'forgetBefore removes links that ended before the given time, whatever their expiry',
    async (subject) => {
      const { links } = subject;
      for (const id of ['used', 'revoked', 'then', 'open']) await links.add(link(id));
      await links.end('used', 'used', SOON);
      await links.end('revoked', 'revoked', SOON);
      await links.end('then', 'revoked', LATER);
      await links.forgetBefore(LATER);
      assert.deepEqual(await idsOf(subject), ['then', 'open']);
    },
  ),

  rule('links and their ends are kept over a restart', async (subject) => {
    await subject.links.add(FULL);
    await subject.links.add(link('one'));
    await subject.links.end('one', 'revoked', SOON);
    await subject.links.add(link('gone', { expiresAt: new Date(0) }));
    await subject.links.forgetBefore(CREATED);
    await subject.reopen();
    assert.deepEqual(await subject.links.list(), [FULL, link('one', { ended: { as: 'revoked', at: SOON } })]);
  }),
];
