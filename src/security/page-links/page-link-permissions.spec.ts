import { describe, expect, it } from '@jest/globals';
import type { PageLink } from '../ports/page-link.store.js';
import { type PageLinkState, permissionsOf, readableUntil } from './page-link-permissions.js';

type Ended = PageLink['ended'];

const EXPIRES = new Date('2026-01-02T12:00:00.000Z');
const MINUTE = 60_000;

/** A time in minutes before (-) or after the link's expiry. */
const at = (minutes: number, ms = 0): Date => new Date(EXPIRES.getTime() + minutes * MINUTE + ms);
const used = (minutes: number): Ended => ({ as: 'used', at: at(minutes) });
const revoked = (minutes: number): Ended => ({ as: 'revoked', at: at(minutes) });

const NOTHING = [false, false] as const;
const READ = [true, false] as const;
const ALL = [true, true] as const;

type Row = [string, Ended, Date, PageLinkState, readonly [canRead: boolean, canAct: boolean]];

const TABLE: Row[] = [
  ['a link that was never used', null, at(-60), 'open', ALL],
  ['a link in its last millisecond', null, at(0, -1), 'open', ALL],
  ['a link at its expiry', null, at(0), 'expired', NOTHING],
  ['a link long after its expiry', null, at(600), 'expired', NOTHING],
  ['a link that was used just now', used(-30), at(-30), 'used', READ],
  ['a link that was used almost five minutes ago', used(-30), at(-25, -1), 'used', READ],
  ['a link that was used five minutes ago', used(-30), at(-25), 'used', NOTHING],
  [
    'a link that was used a minute before its expiry, three minutes after the expiry',
    used(-1),
    at(3),
    'used',
    READ,
  ],
  [
    'a link that was used a minute before its expiry, four minutes after the expiry',
    used(-1),
    at(4),
    'used',
    NOTHING,
  ],
  ['a used link after the clock was set back', used(-30), at(-90), 'used', READ],
  ['a link that was revoked just now', revoked(-30), at(-30), 'revoked', NOTHING],
  ['a revoked link after its expiry', revoked(-30), at(1), 'revoked', NOTHING],
  ['a revoked link after the clock was set back', revoked(-30), at(-90), 'revoked', NOTHING],
];

describe('permissions of a page link', () => {
  it.each(TABLE)('%s has its state and its permissions', (_which, ended, now, state, [canRead, canAct]) => {
    expect(permissionsOf({ expiresAt: EXPIRES, ended }, now)).toEqual({ state, canRead, canAct });
  });

  it.each(TABLE)(
    '%s permits reading until readableUntil, unless it was revoked',
    (_which, ended, now, state) => {
      const { canRead } = permissionsOf({ expiresAt: EXPIRES, ended }, now);
      if (state !== 'revoked') expect(now < readableUntil({ expiresAt: EXPIRES, ended })).toBe(canRead);
      else expect(canRead).toBe(false);
    },
  );
});
