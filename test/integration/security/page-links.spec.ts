import { beforeEach, describe, expect, it } from '@jest/globals';
import { makeSecret } from '../../../src/security/access/secret.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { StorageFailed, type DomainError } from '../../../src/whatsapp/domain/errors.js';
import type { PhoneNumber } from '../../../src/whatsapp/domain/phone-number.js';
import { DAY, HOUR, PageLinkFixture, MINUTE, SALES } from './page-link-fixture.js';

describe('PageLinks', () => {
  let fixture: PageLinkFixture;

  beforeEach(async () => {
    fixture = await PageLinkFixture.begin();
  });

  const refusedAs = (code: string): unknown => expect.objectContaining({ name: 'DomainError', code });

  describe('open links', () => {
    it('the token of an open link authenticates for one account and one phone', async () => {
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

    it('a stored link does not contain the secret of its token', async () => {
      const { token } = await fixture.make();
      const secret = token.split('_').slice(2).join('_');
      expect(JSON.stringify([...fixture.store.rows])).not.toContain(secret);
    });

    it('every wrong token gets the same refusal', async () => {
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

    it('an open link stays open after a restart', async () => {
      const { token } = await fixture.make();
      await fixture.start();
      expect(fixture.refusals(token)).toEqual([null, null]);
    });

    it('a link that cannot be stored is not created', async () => {
      fixture.store.fails = true;
      await expect(fixture.make()).rejects.toThrow(StorageFailed);
      expect(fixture.links.list()).toEqual([]);
    });
  });

  describe('expiring links', () => {
    it('an expired link ends its permissions and its open streams on time', async () => {
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

    it('the next request detects an expiry after a jump of the clock', async () => {
      const { link, token } = await fixture.make(HOUR);
      fixture.clock.jump(HOUR);
      expect(fixture.endedLinks).toEqual([]);
      expect(fixture.refusal(token, 'read')).toBe('link_expired');
      expect([link.isClosed, fixture.endedLinks]).toEqual([true, [link]]);
      await fixture.clock.pass(2 * MINUTE);
      expect(fixture.endedLinks).toEqual([link]);
    });

    it('an expiry after a jump of the clock is detected within a minute without a request', async () => {
      const { link } = await fixture.make(HOUR);
      fixture.clock.jump(HOUR);
      await fixture.clock.pass(MINUTE);
      expect(fixture.endedLinks).toEqual([link]);
    });

    it('a page link stays open until the wall clock reaches its expiry, even after the clock was set back', async () => {
      const { token } = await fixture.make(HOUR);
      fixture.clock.jump(-HOUR);
      await fixture.clock.pass(HOUR);
      expect(fixture.refusal(token)).toBeNull();
      await fixture.clock.pass(HOUR);
      expect(fixture.refusal(token)).toBe('link_expired');
    });

    it('an expired link stays expired when the clock is set back afterwards', async () => {
      const { token } = await fixture.make(HOUR);
      await fixture.clock.pass(HOUR);
      fixture.clock.jump(-HOUR);
      expect(fixture.refusals(token)).toEqual(['link_expired', 'link_expired']);
    });

    it('a link that expired during a restart is expired afterwards', async () => {
      const { token } = await fixture.make(HOUR);
      fixture.clock.jump(HOUR);
      await fixture.start();
      expect(fixture.refusals(token)).toEqual(['link_expired', 'link_expired']);
      expect(fixture.endedLinks).toEqual([]);
    });
  });

  describe('maximum number of links', () => {
    const OFFICE = 'office';

    it('a key with the maximum of open links creates no other link until one of them ends', async () => {
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

    it('simultaneous requests do not exceed the maximum, and a link that was not stored does not count', async () => {
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

    it('ended links beyond the maximum are deleted, the oldest first', async () => {
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

    it('an ended link is not deleted while its page may read', async () => {
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
