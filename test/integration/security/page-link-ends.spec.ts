import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LoadedPageLink } from '../../../src/security/page-links/loaded-page-link.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import { DAY, HOUR, PageLinkFixture, MINUTE, SALES } from './page-link-fixture.js';
import { settled } from '../../support/time/stopped-clock.js';

describe('PageLinks', () => {
  let fixture: PageLinkFixture;

  beforeEach(async () => {
    fixture = await PageLinkFixture.begin();
  });

  const refusedAs = (code: string): unknown => expect.objectContaining({ name: 'DomainError', code });

  describe('links of a linked account', () => {
    it('linking an account marks all its links as used, and no links of other accounts', async () => {
      const { token: one } = await fixture.make();
      const { token: another } = await fixture.make();
      const { token: others } = await fixture.make(HOUR, 'Sales' as AccountId);
      fixture.links.markUsed(SALES);
      expect([fixture.refusal(one), fixture.refusal(another), fixture.refusal(others)]).toEqual([
        'link_used',
        'link_used',
        null,
      ]);
    });

    it('marking the links of an account as used reads no link of another account', async () => {
      for (let i = 0; i < 10; i += 1) await fixture.make(HOUR, `other-${i}` as AccountId);
      const { link } = await fixture.make();
      const read = jest.spyOn(LoadedPageLink.prototype, 'accountId', 'get');
      const permissions = jest.spyOn(LoadedPageLink.prototype, 'permissions');
      try {
        fixture.links.markUsed(SALES);
        expect(permissions.mock.contexts).toEqual([link]);
        expect(new Set(read.mock.contexts)).toEqual(new Set());
      } finally {
        read.mockRestore();
        permissions.mockRestore();
      }
    });

    it('a used link permits reading for five more minutes, whatever the wall clock does', async () => {
      const { link, token } = await fixture.make(6 * MINUTE);
      const { revoked } = fixture.links.authenticate(token, 'act');
      await fixture.clock.pass(3 * MINUTE);
      fixture.links.markUsed(SALES);
      fixture.clock.jump(-DAY);
      await fixture.clock.pass(5 * MINUTE - 1);
      expect([revoked.aborted, fixture.refusals(token)]).toEqual([false, [null, 'link_used']]);
      await fixture.clock.pass(1);
      expect([revoked.reason, fixture.refusals(token)]).toEqual([
        refusedAs('link_used'),
        ['link_used', 'link_used'],
      ]);
      expect([link.isClosed, fixture.endedLinks]).toEqual([true, []]);
    });

    it('a used link permits reading for the rest of the five minutes after a restart', async () => {
      const { token } = await fixture.make();
      fixture.links.markUsed(SALES);
      await settled();
      fixture.clock.jump(2 * MINUTE);
      await fixture.start();
      await fixture.clock.pass(3 * MINUTE - 1);
      expect(fixture.refusals(token)).toEqual([null, 'link_used']);
      await fixture.clock.pass(1);
      expect(fixture.refusals(token)).toEqual(['link_used', 'link_used']);
    });

    it('a used link stays used when it is revoked or its expiry passes', async () => {
      const { link, token } = await fixture.make(HOUR);
      fixture.links.markUsed(SALES);
      await fixture.links.revoke(link);
      await fixture.clock.pass(2 * HOUR);
      expect([fixture.refusal(token), fixture.store.rows.get(link.id)?.ended?.as]).toEqual([
        'link_used',
        'used',
      ]);
    });

    it('an expired or revoked link keeps its state when its account is linked', async () => {
      const { token: expired } = await fixture.make(MINUTE);
      const { link, token: revoked } = await fixture.make();
      await fixture.clock.pass(MINUTE);
      await fixture.links.revoke(link);
      fixture.links.markUsed(SALES);
      expect([fixture.refusal(expired), fixture.refusal(revoked)]).toEqual(['link_expired', 'link_revoked']);
      expect([...fixture.store.rows.values()].map(({ ended }) => ended?.as ?? null)).toEqual([
        null,
        'revoked',
      ]);
    });

    it('a link counts as used although that cannot be stored, and the write is repeated', async () => {
      const { link, token } = await fixture.make();
      fixture.store.fails = true;
      fixture.links.markUsed(SALES);
      await fixture.clock.pass(3 * MINUTE);
      expect([fixture.refusal(token), fixture.store.rows.get(link.id)?.ended]).toEqual(['link_used', null]);
      fixture.store.fails = false;
      await fixture.clock.pass(MINUTE);
      expect(fixture.store.rows.get(link.id)?.ended).toEqual(link.record.ended);
    });

    it('a shutdown waits until the used links are stored', async () => {
      const { link } = await fixture.make();
      fixture.store.fails = true;
      fixture.links.markUsed(SALES);
      await settled();
      fixture.store.fails = false;
      await fixture.links.beforeApplicationShutdown();
      expect(fixture.store.rows.get(link.id)?.ended?.as).toBe('used');
      expect(fixture.clock.timers.size).toBe(0);
    });
  });

  describe('revoked links', () => {
    it('revoking a link ends its permissions and its open streams at once', async () => {
      const { link, token } = await fixture.make();
      const { revoked } = fixture.links.authenticate(token, 'read');
      await fixture.links.revoke(link);
      expect([revoked.reason, fixture.endedLinks, ...fixture.refusals(token)]).toEqual([
        refusedAs('link_revoked'),
        [link],
        'link_revoked',
        'link_revoked',
      ]);
      await fixture.links.revoke(link);
      await fixture.start();
      expect([fixture.refusals(token), fixture.endedLinks]).toEqual([['link_revoked', 'link_revoked'], []]);
    });

    it('a link stays open when its revocation cannot be stored', async () => {
      const { link, token } = await fixture.make();
      fixture.store.fails = true;
      await expect(fixture.links.revoke(link)).rejects.toThrow(StorageFailed);
      expect([link.isClosed, fixture.endedLinks, fixture.refusal(token)]).toEqual([false, [], null]);
      fixture.store.fails = false;
      await fixture.links.revoke(link);
      expect(fixture.refusal(token)).toBe('link_revoked');
    });
  });

  describe('ended links', () => {
    it('an ended link is deleted after 30 days, and its token is then unknown', async () => {
      const { token: expired } = await fixture.make(HOUR);
      const { link, token: revoked } = await fixture.make(7 * DAY);
      await fixture.clock.pass(3 * DAY);
      await fixture.links.revoke(link);
      await fixture.clock.pass(28 * DAY);
      expect([fixture.refusal(expired), fixture.refusal(revoked)]).toEqual(['link_invalid', 'link_revoked']);
      expect([...fixture.store.rows.keys()]).toEqual([link.id]);
      await fixture.clock.pass(4 * DAY);
      expect([fixture.refusal(revoked), fixture.links.list(), fixture.store.rows.size]).toEqual([
        'link_invalid',
        [],
        0,
      ]);
    });
  });
});
