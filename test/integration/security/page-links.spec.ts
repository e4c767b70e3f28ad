import { beforeEach, describe, expect, it } from '@jest/globals';
import { makeSecret } from '../../../src/security/access/secret.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { StorageFailed, type DomainError } from '../../../src/whatsapp/domain/errors.js';
import type { PhoneNumber } from '../../../src/whatsapp/domain/phone-number.js';
import { DAY, HOUR, PageLinkFixture, MINUTE, SALES } from './page-link-fixture.js';

describe('page links', () => {
  let fixture: PageLinkFixture;

  beforeEach(async () => {
    fixture = await PageLinkFixture.begin();
  });

  const refusedAs = (code: string): unknown => expect.objectContaining({ name: 'DomainError', code });

  describe('that are open', () => {
    it('let in whoever has the token, to one account and one phone', async () => {
      const expectedPhone = '4915112345678' as PhoneNumber;
      const { link, token } = await fixture.links.make({
        accountId: SALES,
        lastsMs: HOUR,
        expectedPhone,
        returnUrl: null,
        createdBy: 'back office',
      });
      expect(token).toMatch(new RegExp(`^wpl_${link.id}_[\\w-]{43}$`));
      expect(fixture.links.authenticate(token, 'act')).toEqual({
        by: { kind: 'link', id: link.id, name: null },
        access: { scopes: ['read', 'pair'], accounts: [SALES] },
        onlyPhone: expectedPhone,
        revoked: expect.objectContaining({ aborted: false }),
      });
      expect(fixture.refusal(token, 'read')).toBeNull();
    });

    it('are stored without what could open them', async () => {
      const { token } = await fixture.make();
      const secret = token.split('_').slice(2).join('_');
      expect(JSON.stringify([...fixture.store.rows])).not.toContain(secret);
    });

    it('refuse every other token in the same words', async () => {
      const { link, token } = await fixture.make();
      const { token: another } = await fixture.make();
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
          return fixture.links.authenticate(text, 'read').by.id;
        } catch (error) {
          return `${(error as DomainError).code} ${(error as DomainError).message}`;
        }
      });
      expect(new Set(messages)).toEqual(
        new Set(['link_invalid This link is not valid. Check that it is complete, or request a new link.']),
      );
      expect(fixture.refusal(token)).toBeNull();
    });

    it('are open after a restart, too', async () => {
      const { token } = await fixture.make();
      await fixture.start();
      expect(fixture.refusals(token)).toEqual([null, null]);
    });

    it('are not made where they cannot be stored', async () => {
      fixture.store.fails = true;
      await expect(fixture.make()).rejects.toThrow(StorageFailed);
      expect(fixture.links.list()).toEqual([]);
    });
  });

  describe('that expire', () => {
    it('end at their moment, and what is being told with them ends', async () => {
      const { link, token } = await fixture.make(HOUR);
      const { revoked } = fixture.links.authenticate(token, 'act');
      await fixture.clock.pass(HOUR - 1);
      expect([revoked.aborted, fixture.endedLinks, ...fixture.refusals(token)]).toEqual([
        false,
        [],
        null,
        null,
      ]);
      await fixture.clock.pass(1);
      expect([revoked.aborted, revoked.reason, fixture.endedLinks]).toEqual([
        true,
        refusedAs('link_expired'),
        [link],
      ]);
      expect(fixture.refusals(token)).toEqual(['link_expired', 'link_expired']);
    });

    it('are found out with the next request when the clock jumps', async () => {
      const { link, token } = await fixture.make(HOUR);
      fixture.clock.jump(HOUR);
      expect(fixture.endedLinks).toEqual([]);
      expect(fixture.refusal(token, 'read')).toBe('link_expired');
      expect([link.isClosed, fixture.endedLinks]).toEqual([true, [link]]);
      await fixture.clock.pass(2 * MINUTE);
      expect(fixture.endedLinks).toEqual([link]);
    });

    it('are found out within a minute when the clock jumps and nobody asks', async () => {
      const { link } = await fixture.make(HOUR);
      fixture.clock.jump(HOUR);
      await fixture.clock.pass(MINUTE);
      expect(fixture.endedLinks).toEqual([link]);
    });

    it('last until the clock says so when it was put back', async () => {
      const { token } = await fixture.make(HOUR);
      fixture.clock.jump(-HOUR);
      await fixture.clock.pass(HOUR);
      expect(fixture.refusal(token)).toBeNull();
      await fixture.clock.pass(HOUR);
      expect(fixture.refusal(token)).toBe('link_expired');
    });

    it('stay expired when the clock is put back afterwards', async () => {
      const { token } = await fixture.make(HOUR);
      await fixture.clock.pass(HOUR);
      fixture.clock.jump(-HOUR);
      expect(fixture.refusals(token)).toEqual(['link_expired', 'link_expired']);
    });

    it('have expired after a restart, too', async () => {
      const { token } = await fixture.make(HOUR);
      fixture.clock.jump(HOUR);
      await fixture.start();
      expect(fixture.refusals(token)).toEqual(['link_expired', 'link_expired']);
      expect(fixture.endedLinks).toEqual([]);
    });
  });

  describe('that are many', () => {
    const OFFICE = 'office';

    it('are refused to the key with which so many are open, until one of them is not', async () => {
      fixture = await PageLinkFixture.begin({ open: 2 });
      await fixture.make(2 * HOUR, SALES, OFFICE);
      const { link } = await fixture.make(HOUR, 'other' as AccountId, OFFICE);
      const refused = { name: 'TooManyLinks', code: 'too_many_links', retryAfterMs: HOUR };
      await expect(fixture.make(HOUR, SALES, OFFICE)).rejects.toMatchObject(refused);
      await fixture.make(HOUR, SALES, 'another');
      await fixture.make(HOUR, SALES, null);
      expect([fixture.links.list().length, fixture.store.rows.size]).toEqual([4, 4]);
      await fixture.links.revoke(link);
      await fixture.make(HOUR, SALES, OFFICE);
      await expect(fixture.make(HOUR, SALES, OFFICE)).rejects.toMatchObject(refused);
      await fixture.clock.pass(HOUR);
      await fixture.make(HOUR, SALES, OFFICE);
    });

    it('are not more when they are asked for at the same time, and one that is not stored takes no place', async () => {
      fixture = await PageLinkFixture.begin({ open: 2 });
      fixture.store.fails = true;
      await Promise.allSettled([fixture.make(), fixture.make()]);
      fixture.store.fails = false;
      const asked = await Promise.allSettled(Array.from({ length: 5 }, () => fixture.make()));
      expect(asked.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'rejected',
        'rejected',
      ]);
    });

    it('are forgotten, the oldest first, when they have ended', async () => {
      fixture = await PageLinkFixture.begin({ ended: 2 });
      const { token: open } = await fixture.make(DAY);
      const tokens: string[] = [];
      for (let i = 0; i < 4; i += 1) {
        const { link, token } = await fixture.make();
        tokens.push(token);
        await fixture.links.revoke(link);
        await fixture.clock.pass(MINUTE);
      }
      await fixture.clock.pass(10 * MINUTE);
      const known = ['link_invalid', 'link_invalid', 'link_revoked', 'link_revoked'];
      expect(tokens.map((token) => fixture.refusal(token))).toEqual(known);
      expect([fixture.refusal(open), fixture.store.rows.size]).toEqual([null, 3]);
      await fixture.start({ ended: 2 });
      expect(tokens.map((token) => fixture.refusal(token))).toEqual(known);
    });

    it('are not forgotten while their pages may read', async () => {
      fixture = await PageLinkFixture.begin({ ended: 1 });
      const made = [await fixture.make(), await fixture.make(), await fixture.make()];
      const pages = made.map(({ token }) => token);
      fixture.links.markUsed(SALES);
      await fixture.clock.pass(5 * MINUTE - 1);
      expect(pages.map((token) => fixture.refusal(token, 'read'))).toEqual([null, null, null]);
      expect(fixture.store.rows.size).toBe(3);
    });
  });
});
