import { beforeEach, describe, expect, it } from '@jest/globals';
import { makeSecret } from '../../../src/security/access/secret.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { StorageFailed, type DomainError } from '../../../src/whatsapp/domain/errors.js';
import type { PhoneNumber } from '../../../src/whatsapp/domain/phone-number.js';
import { DAY, HOUR, PageLinkFixture, MINUTE, SALES } from './page-link-fixture.js';

describe('page links', () => {
  let trial: PageLinkFixture;

  beforeEach(async () => {
    trial = await PageLinkFixture.begin();
  });

  const refusedAs = (code: string): unknown => expect.objectContaining({ name: 'DomainError', code });

  describe('that are open', () => {
    it('let in whoever has the token, to one account and one phone', async () => {
      const expectedPhone = '4915112345678' as PhoneNumber;
      const { link, token } = await trial.links.make({
        accountId: SALES,
        lastsMs: HOUR,
        expectedPhone,
        returnUrl: null,
        createdBy: 'back office',
      });
      expect(token).toMatch(new RegExp(`^wpl_${link.id}_[\\w-]{43}$`));
      expect(trial.links.authenticate(token, 'act')).toEqual({
        by: { kind: 'link', id: link.id, name: null },
        access: { scopes: ['read', 'pair'], accounts: [SALES] },
        onlyPhone: expectedPhone,
        revoked: expect.objectContaining({ aborted: false }),
      });
      expect(trial.refusal(token, 'read')).toBeNull();
    });

    it('are stored without what could open them', async () => {
      const { token } = await trial.make();
      const secret = token.split('_').slice(2).join('_');
      expect(JSON.stringify([...trial.store.rows])).not.toContain(secret);
    });

    it('refuse every other token in the same words', async () => {
      const { link, token } = await trial.make();
      const { token: another } = await trial.make();
      const [, , secret = ''] = /^(wpl_\w{8}_)(.*)$/.exec(token) ?? [];
      const letter = (at: number): string => (secret[at] === 'A' ? 'B' : 'A');
      const wrong = [
        token.slice(0, -1),
        `${token}A`,
        ` ${token}`,
        `${token}\n`,
        token.toUpperCase(),
        `wpl_${link.id}_${letter(0)}${secret.slice(1)}`,
        // The last character of base64url has two bits that decoding drops.
        `wpl_${link.id}_${secret.slice(0, -1)}${letter(42)}`,
        `wpl_${link.id}_`,
        `wpl_${link.id}_${another.slice(-43)}`,
        makeSecret('wpl').text,
        makeSecret('wak').text,
        token.replace('wpl', 'wak'),
        link.record.hash,
        'wpl_',
        '',
      ];
      const messages = wrong.map((text) => {
        try {
          return trial.links.authenticate(text, 'read').by.id;
        } catch (error) {
          return `${(error as DomainError).code} ${(error as DomainError).message}`;
        }
      });
      expect(new Set(messages)).toEqual(
        new Set(['link_invalid This link is not valid. Check that it is complete, or request a new link.']),
      );
      expect(trial.refusal(token)).toBeNull();
    });

    it('are open after a restart, too', async () => {
      const { token } = await trial.make();
      await trial.start();
      expect(trial.refusals(token)).toEqual([null, null]);
    });

    it('are not made where they cannot be stored', async () => {
      trial.store.fails = true;
      await expect(trial.make()).rejects.toThrow(StorageFailed);
      expect(trial.links.list()).toEqual([]);
    });
  });

  describe('that expire', () => {
    it('end at their moment, and what is being told with them ends', async () => {
      const { link, token } = await trial.make(HOUR);
      const { revoked } = trial.links.authenticate(token, 'act');
      await trial.clock.pass(HOUR - 1);
      expect([revoked.aborted, trial.wasted, ...trial.refusals(token)]).toEqual([false, [], null, null]);
      await trial.clock.pass(1);
      expect([revoked.aborted, revoked.reason, trial.wasted]).toEqual([
        true,
        refusedAs('link_expired'),
        [link],
      ]);
      expect(trial.refusals(token)).toEqual(['link_expired', 'link_expired']);
    });

    it('are found out with the next request when the clock jumps', async () => {
      const { link, token } = await trial.make(HOUR);
      trial.clock.jump(HOUR);
      expect(trial.wasted).toEqual([]);
      expect(trial.refusal(token, 'read')).toBe('link_expired');
      expect([link.isClosed, trial.wasted]).toEqual([true, [link]]);
      await trial.clock.pass(2 * MINUTE);
      expect(trial.wasted).toEqual([link]);
    });

    it('are found out within a minute when the clock jumps and nobody asks', async () => {
      const { link } = await trial.make(HOUR);
      trial.clock.jump(HOUR);
      await trial.clock.pass(MINUTE);
      expect(trial.wasted).toEqual([link]);
    });

    it('last until the clock says so when it was put back', async () => {
      const { token } = await trial.make(HOUR);
      trial.clock.jump(-HOUR);
      await trial.clock.pass(HOUR);
      expect(trial.refusal(token)).toBeNull();
      await trial.clock.pass(HOUR);
      expect(trial.refusal(token)).toBe('link_expired');
    });

    it('stay expired when the clock is put back afterwards', async () => {
      const { token } = await trial.make(HOUR);
      await trial.clock.pass(HOUR);
      trial.clock.jump(-HOUR);
      expect(trial.refusals(token)).toEqual(['link_expired', 'link_expired']);
    });

    it('have expired after a restart, too', async () => {
      const { token } = await trial.make(HOUR);
      trial.clock.jump(HOUR);
      await trial.start();
      expect(trial.refusals(token)).toEqual(['link_expired', 'link_expired']);
      expect(trial.wasted).toEqual([]);
    });
  });

  describe('that are many', () => {
    const OFFICE = 'office';

    it('are refused to the key with which so many are open, until one of them is not', async () => {
      trial = await PageLinkFixture.begin({ open: 2 });
      await trial.make(2 * HOUR, SALES, OFFICE);
      const { link } = await trial.make(HOUR, 'other' as AccountId, OFFICE);
      const refused = { name: 'TooManyLinks', code: 'too_many_links', retryAfterMs: HOUR };
      await expect(trial.make(HOUR, SALES, OFFICE)).rejects.toMatchObject(refused);
      await trial.make(HOUR, SALES, 'another');
      await trial.make(HOUR, SALES, null);
      expect([trial.links.list().length, trial.store.rows.size]).toEqual([4, 4]);
      await trial.links.revoke(link);
      await trial.make(HOUR, SALES, OFFICE);
      await expect(trial.make(HOUR, SALES, OFFICE)).rejects.toMatchObject(refused);
      await trial.clock.pass(HOUR);
      await trial.make(HOUR, SALES, OFFICE);
    });

    it('are not more when they are asked for at the same time, and one that is not stored takes no place', async () => {
      trial = await PageLinkFixture.begin({ open: 2 });
      trial.store.fails = true;
      await Promise.allSettled([trial.make(), trial.make()]);
      trial.store.fails = false;
      const asked = await Promise.allSettled(Array.from({ length: 5 }, () => trial.make()));
      expect(asked.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'rejected',
        'rejected',
      ]);
    });

    it('are forgotten, the oldest first, when they have ended', async () => {
      trial = await PageLinkFixture.begin({ ended: 2 });
      const { token: open } = await trial.make(DAY);
      const tokens: string[] = [];
      for (let i = 0; i < 4; i += 1) {
        const { link, token } = await trial.make();
        tokens.push(token);
        await trial.links.revoke(link);
        await trial.clock.pass(MINUTE);
      }
      await trial.clock.pass(10 * MINUTE);
      const known = ['link_invalid', 'link_invalid', 'link_revoked', 'link_revoked'];
      expect(tokens.map((token) => trial.refusal(token))).toEqual(known);
      expect([trial.refusal(open), trial.store.rows.size]).toEqual([null, 3]);
      await trial.start({ ended: 2 });
      expect(tokens.map((token) => trial.refusal(token))).toEqual(known);
    });

    it('are not forgotten while their pages may read', async () => {
      trial = await PageLinkFixture.begin({ ended: 1 });
      const made = [await trial.make(), await trial.make(), await trial.make()];
      const pages = made.map(({ token }) => token);
      trial.links.markUsed(SALES);
      await trial.clock.pass(5 * MINUTE - 1);
      expect(pages.map((token) => trial.refusal(token, 'read'))).toEqual([null, null, null]);
      expect(trial.store.rows.size).toBe(3);
    });
  });
});
