import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import { DAY, HOUR, PageLinkFixture, MINUTE, SALES } from './page-link-fixture.js';
import { settled } from '../../support/time/stopped-clock.js';

describe('page links', () => {
  let trial: PageLinkFixture;

  beforeEach(async () => {
    trial = await PageLinkFixture.begin();
  });

  const refusedAs = (code: string): unknown => expect.objectContaining({ name: 'DomainError', code });

  describe('whose account is linked', () => {
    it('are all used, and those of other accounts are not', async () => {
      const { token: one } = await trial.make();
      const { token: another } = await trial.make();
      const { token: others } = await trial.make(HOUR, 'Sales' as AccountId);
      trial.links.markUsed(SALES);
      expect([trial.refusal(one), trial.refusal(another), trial.refusal(others)]).toEqual([
        'link_used',
        'link_used',
        null,
      ]);
    });

    it('can be read for five minutes more, whatever happens to the clock', async () => {
      const { link, token } = await trial.make(6 * MINUTE);
      const { revoked } = trial.links.authenticate(token, 'act');
      await trial.clock.pass(3 * MINUTE);
      trial.links.markUsed(SALES);
      trial.clock.jump(-DAY);
      await trial.clock.pass(5 * MINUTE - 1);
      expect([revoked.aborted, trial.refusals(token)]).toEqual([false, [null, 'link_used']]);
      await trial.clock.pass(1);
      expect([revoked.reason, trial.refusals(token)]).toEqual([
        refusedAs('link_used'),
        ['link_used', 'link_used'],
      ]);
      expect([link.isClosed, trial.wasted]).toEqual([true, []]);
    });

    it('can be read for the rest of the five minutes after a restart', async () => {
      const { token } = await trial.make();
      trial.links.markUsed(SALES);
      await settled();
      trial.clock.jump(2 * MINUTE);
      await trial.start();
      await trial.clock.pass(3 * MINUTE - 1);
      expect(trial.refusals(token)).toEqual([null, 'link_used']);
      await trial.clock.pass(1);
      expect(trial.refusals(token)).toEqual(['link_used', 'link_used']);
    });

    it('stay used when they are revoked, or would have expired', async () => {
      const { link, token } = await trial.make(HOUR);
      trial.links.markUsed(SALES);
      await trial.links.revoke(link);
      await trial.clock.pass(2 * HOUR);
      expect([trial.refusal(token), trial.store.rows.get(link.id)?.ended?.as]).toEqual(['link_used', 'used']);
    });

    it('stay expired or revoked when that is what they were', async () => {
      const { token: expired } = await trial.make(MINUTE);
      const { link, token: revoked } = await trial.make();
      await trial.clock.pass(MINUTE);
      await trial.links.revoke(link);
      trial.links.markUsed(SALES);
      expect([trial.refusal(expired), trial.refusal(revoked)]).toEqual(['link_expired', 'link_revoked']);
      expect([...trial.store.rows.values()].map(({ ended }) => ended?.as ?? null)).toEqual([null, 'revoked']);
    });

    it('are used although that cannot be stored, and it is stored as soon as it can', async () => {
      const { link, token } = await trial.make();
      trial.store.fails = true;
      trial.links.markUsed(SALES);
      await trial.clock.pass(3 * MINUTE);
      expect([trial.refusal(token), trial.store.rows.get(link.id)?.ended]).toEqual(['link_used', null]);
      trial.store.fails = false;
      await trial.clock.pass(MINUTE);
      expect(trial.store.rows.get(link.id)?.ended).toEqual(link.record.ended);
    });

    it('are stored as used before a shutdown is over', async () => {
      const { link } = await trial.make();
      trial.store.fails = true;
      trial.links.markUsed(SALES);
      await settled();
      trial.store.fails = false;
      await trial.links.beforeApplicationShutdown();
      expect(trial.store.rows.get(link.id)?.ended?.as).toBe('used');
      expect(trial.clock.timers.size).toBe(0);
    });
  });

  describe('that are revoked', () => {
    it('end at once, and what is being told with them ends', async () => {
      const { link, token } = await trial.make();
      const { revoked } = trial.links.authenticate(token, 'read');
      await trial.links.revoke(link);
      expect([revoked.reason, trial.wasted, ...trial.refusals(token)]).toEqual([
        refusedAs('link_revoked'),
        [link],
        'link_revoked',
        'link_revoked',
      ]);
      await trial.links.revoke(link);
      await trial.start();
      expect([trial.refusals(token), trial.wasted]).toEqual([['link_revoked', 'link_revoked'], []]);
    });

    it('stay open when that cannot be stored', async () => {
      const { link, token } = await trial.make();
      trial.store.fails = true;
      await expect(trial.links.revoke(link)).rejects.toThrow(StorageFailed);
      expect([link.isClosed, trial.wasted, trial.refusal(token)]).toEqual([false, [], null]);
      trial.store.fails = false;
      await trial.links.revoke(link);
      expect(trial.refusal(token)).toBe('link_revoked');
    });
  });

  describe('that have ended', () => {
    it('are forgotten after 30 days, and no token of theirs is known then', async () => {
      const { token: expired } = await trial.make(HOUR);
      const { link, token: revoked } = await trial.make(7 * DAY);
      await trial.clock.pass(3 * DAY);
      await trial.links.revoke(link);
      await trial.clock.pass(28 * DAY);
      expect([trial.refusal(expired), trial.refusal(revoked)]).toEqual(['link_invalid', 'link_revoked']);
      expect([...trial.store.rows.keys()]).toEqual([link.id]);
      await trial.clock.pass(4 * DAY);
      expect([trial.refusal(revoked), trial.links.list(), trial.store.rows.size]).toEqual([
        'link_invalid',
        [],
        0,
      ]);
    });
  });
});
