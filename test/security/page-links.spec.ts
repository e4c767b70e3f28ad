import { Logger } from '@nestjs/common';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PageLinks } from '../../src/security/page-links/page-links.js';
import type { KnownLink } from '../../src/security/page-links/known-link.js';
import { makeSecret } from '../../src/security/secret.js';
import type { AccountId } from '../../src/whatsapp/domain/account-id.js';
import { StorageFailed, type DomainError } from '../../src/whatsapp/domain/errors.js';
import type { PhoneNumber } from '../../src/whatsapp/domain/phone-number.js';
import { MemoryPageLinkStore } from '../contract/memory-page-links.js';
import { settled, TwoClocks } from './two-clocks.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SALES = 'sales' as AccountId;

class UnreliableStore extends MemoryPageLinkStore {
  fails = false;

  override async add(...link: Parameters<MemoryPageLinkStore['add']>): Promise<void> {
    if (this.fails) throw new StorageFailed();
    await super.add(...link);
  }

  override async end(...how: Parameters<MemoryPageLinkStore['end']>): Promise<void> {
    if (this.fails) throw new StorageFailed();
    await super.end(...how);
  }
}

describe('page links', () => {
  let clock: TwoClocks;
  let store: UnreliableStore;
  let links: PageLinks;
  let wasted: KnownLink[];

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  beforeEach(async () => {
    clock = new TwoClocks();
    store = new UnreliableStore();
    await start();
  });

  /** As a start of the service on the same store. */
  async function start(): Promise<void> {
    links = await PageLinks.open(store, clock);
    wasted = [];
    links.wasted.subscribe((link) => wasted.push(link));
  }

  const make = (lastsMs = HOUR, accountId = SALES): ReturnType<PageLinks['make']> =>
    links.make({ accountId, lastsMs, expectedPhone: null, returnUrl: null, createdBy: null });

  function refusal(token: string, to: 'read' | 'act' = 'act'): string | null {
    try {
      links.admit(token, to);
      return null;
    } catch (error) {
      return (error as DomainError).code;
    }
  }

  const refusedAs = (code: string): unknown => expect.objectContaining({ name: 'DomainError', code });
  const refusals = (token: string): (string | null)[] => [refusal(token, 'read'), refusal(token, 'act')];

  describe('that are open', () => {
    it('let in whoever has the token, to one account and one phone', async () => {
      const expectedPhone = '4915112345678' as PhoneNumber;
      const { link, token } = await links.make({
        accountId: SALES,
        lastsMs: HOUR,
        expectedPhone,
        returnUrl: null,
        createdBy: 'back office',
      });
      expect(token).toMatch(new RegExp(`^wpl_${link.id}_[\\w-]{43}$`));
      expect(links.admit(token, 'act')).toEqual({
        by: { kind: 'link', id: link.id, name: null },
        access: { scopes: ['read', 'pair'], accounts: [SALES] },
        onlyPhone: expectedPhone,
        over: expect.objectContaining({ aborted: false }),
      });
      expect(refusal(token, 'read')).toBeNull();
    });

    it('are stored without what could open them', async () => {
      const { token } = await make();
      const secret = token.split('_').slice(2).join('_');
      expect(JSON.stringify([...store.rows])).not.toContain(secret);
    });

    it('refuse every other token in the same words', async () => {
      const { link, token } = await make();
      const { token: another } = await make();
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
          return links.admit(text, 'read').by.id;
        } catch (error) {
          return `${(error as DomainError).code} ${(error as DomainError).message}`;
        }
      });
      expect(new Set(messages)).toEqual(new Set(['link_invalid This link is not valid.']));
      expect(refusal(token)).toBeNull();
    });

    it('are open after a restart, too', async () => {
      const { token } = await make();
      await start();
      expect(refusals(token)).toEqual([null, null]);
    });

    it('are not made where they cannot be stored', async () => {
      store.fails = true;
      await expect(make()).rejects.toThrow(StorageFailed);
      expect(links.list()).toEqual([]);
    });
  });

  describe('that expire', () => {
    it('end at their moment, and what is being told with them ends', async () => {
      const { link, token } = await make(HOUR);
      const { over } = links.admit(token, 'act');
      await clock.pass(HOUR - 1);
      expect([over.aborted, wasted, ...refusals(token)]).toEqual([false, [], null, null]);
      await clock.pass(1);
      expect([over.aborted, over.reason, wasted]).toEqual([true, refusedAs('link_expired'), [link]]);
      expect(refusals(token)).toEqual(['link_expired', 'link_expired']);
    });

    it('are found out with the next request when the clock jumps', async () => {
      const { link, token } = await make(HOUR);
      clock.jump(HOUR);
      expect(wasted).toEqual([]);
      expect(refusal(token, 'read')).toBe('link_expired');
      expect([link.isOver, wasted]).toEqual([true, [link]]);
      await clock.pass(2 * MINUTE);
      expect(wasted).toEqual([link]);
    });

    it('are found out within a minute when the clock jumps and nobody asks', async () => {
      const { link } = await make(HOUR);
      clock.jump(HOUR);
      await clock.pass(MINUTE);
      expect(wasted).toEqual([link]);
    });

    it('last until the clock says so when it was put back', async () => {
      const { token } = await make(HOUR);
      clock.jump(-HOUR);
      await clock.pass(HOUR);
      expect(refusal(token)).toBeNull();
      await clock.pass(HOUR);
      expect(refusal(token)).toBe('link_expired');
    });

    it('stay expired when the clock is put back afterwards', async () => {
      const { token } = await make(HOUR);
      await clock.pass(HOUR);
      clock.jump(-HOUR);
      expect(refusals(token)).toEqual(['link_expired', 'link_expired']);
    });

    it('have expired after a restart, too', async () => {
      const { token } = await make(HOUR);
      clock.jump(HOUR);
      await start();
      expect(refusals(token)).toEqual(['link_expired', 'link_expired']);
      expect(wasted).toEqual([]);
    });
  });

  describe('whose account is linked', () => {
    it('are all used, and those of other accounts are not', async () => {
      const { token: one } = await make();
      const { token: another } = await make();
      const { token: others } = await make(HOUR, 'Sales' as AccountId);
      links.use(SALES);
      expect([refusal(one), refusal(another), refusal(others)]).toEqual(['link_used', 'link_used', null]);
    });

    it('can be read for five minutes more, whatever happens to the clock', async () => {
      const { link, token } = await make(6 * MINUTE);
      const { over } = links.admit(token, 'act');
      await clock.pass(3 * MINUTE);
      links.use(SALES);
      clock.jump(-DAY);
      await clock.pass(5 * MINUTE - 1);
      expect([over.aborted, refusals(token)]).toEqual([false, [null, 'link_used']]);
      await clock.pass(1);
      expect([over.reason, refusals(token)]).toEqual([refusedAs('link_used'), ['link_used', 'link_used']]);
      expect([link.isOver, wasted]).toEqual([true, []]);
    });

    it('can be read for the rest of the five minutes after a restart', async () => {
      const { token } = await make();
      links.use(SALES);
      await settled();
      clock.jump(2 * MINUTE);
      await start();
      await clock.pass(3 * MINUTE - 1);
      expect(refusals(token)).toEqual([null, 'link_used']);
      await clock.pass(1);
      expect(refusals(token)).toEqual(['link_used', 'link_used']);
    });

    it('stay used when they are revoked, or would have expired', async () => {
      const { link, token } = await make(HOUR);
      links.use(SALES);
      await links.revoke(link);
      await clock.pass(2 * HOUR);
      expect([refusal(token), store.rows.get(link.id)?.ended?.as]).toEqual(['link_used', 'used']);
    });

    it('stay expired or revoked when that is what they were', async () => {
      const { token: expired } = await make(MINUTE);
      const { link, token: revoked } = await make();
      await clock.pass(MINUTE);
      await links.revoke(link);
      links.use(SALES);
      expect([refusal(expired), refusal(revoked)]).toEqual(['link_expired', 'link_revoked']);
      expect([...store.rows.values()].map(({ ended }) => ended?.as ?? null)).toEqual([null, 'revoked']);
    });

    it('are used although that cannot be stored, and it is stored as soon as it can', async () => {
      const { link, token } = await make();
      store.fails = true;
      links.use(SALES);
      await clock.pass(3 * MINUTE);
      expect([refusal(token), store.rows.get(link.id)?.ended]).toEqual(['link_used', null]);
      store.fails = false;
      await clock.pass(MINUTE);
      expect(store.rows.get(link.id)?.ended).toEqual(link.record.ended);
    });

    it('are stored as used before a shutdown is over', async () => {
      const { link } = await make();
      store.fails = true;
      links.use(SALES);
      await settled();
      store.fails = false;
      await links.beforeApplicationShutdown();
      expect(store.rows.get(link.id)?.ended?.as).toBe('used');
      expect(clock.timers.size).toBe(0);
    });
  });

  describe('that are revoked', () => {
    it('end at once, and what is being told with them ends', async () => {
      const { link, token } = await make();
      const { over } = links.admit(token, 'read');
      await links.revoke(link);
      expect([over.reason, wasted, ...refusals(token)]).toEqual([
        refusedAs('link_revoked'),
        [link],
        'link_revoked',
        'link_revoked',
      ]);
      await links.revoke(link);
      await start();
      expect([refusals(token), wasted]).toEqual([['link_revoked', 'link_revoked'], []]);
    });

    it('stay open when that cannot be stored', async () => {
      const { link, token } = await make();
      store.fails = true;
      await expect(links.revoke(link)).rejects.toThrow(StorageFailed);
      expect([link.isOver, wasted, refusal(token)]).toEqual([false, [], null]);
      store.fails = false;
      await links.revoke(link);
      expect(refusal(token)).toBe('link_revoked');
    });
  });

  describe('that have ended', () => {
    it('are forgotten after 30 days, and no token of theirs is known then', async () => {
      const { token: expired } = await make(HOUR);
      const { link, token: revoked } = await make(7 * DAY);
      await clock.pass(3 * DAY);
      await links.revoke(link);
      await clock.pass(28 * DAY);
      expect([refusal(expired), refusal(revoked)]).toEqual(['link_invalid', 'link_revoked']);
      expect([...store.rows.keys()]).toEqual([link.id]);
      await clock.pass(4 * DAY);
      expect([refusal(revoked), links.list(), store.rows.size]).toEqual(['link_invalid', [], 0]);
    });
  });
});
