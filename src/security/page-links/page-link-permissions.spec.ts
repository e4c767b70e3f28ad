import { describe, expect, it } from '@jest/globals';
import type { PageLink } from '../ports/page-link.store.js';
import { permissionsOf, readableUntil } from './page-link-permissions.js';
import type { PageLinkState } from './page-link-permissions.js';

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
  ['that nobody has used', null, at(-60), 'open', ALL],
  ['in its last millisecond', null, at(0, -1), 'open', ALL],
  ['at its expiry', null, at(0), 'expired', NOTHING],
  ['long after its expiry', null, at(600), 'expired', NOTHING],
  ['that has just been used', used(-30), at(-30), 'used', READ],
  ['that was used nearly five minutes ago', used(-30), at(-25, -1), 'used', READ],
  ['that was used five minutes ago', used(-30), at(-25), 'used', NOTHING],
  ['that was used shortly before its expiry, after it', used(-1), at(3), 'used', READ],
  ['that was used shortly before its expiry, five minutes later', used(-1), at(4), 'used', NOTHING],
  ['that was used, after a jump of the clock back', used(-30), at(-90), 'used', READ],
  ['that has just been revoked', revoked(-30), at(-30), 'revoked', NOTHING],
  ['that was revoked, after its expiry', revoked(-30), at(1), 'revoked', NOTHING],
  ['that was revoked, after a jump of the clock back', revoked(-30), at(-90), 'revoked', NOTHING],
];

describe('a page link', () => {
  it.each(TABLE)('%s', (_which, ended, now, state, [canRead, canAct]) => {
    expect(permissionsOf({ expiresAt: EXPIRES, ended }, now)).toEqual({ state, canRead, canAct });
  });

  it.each(TABLE)(
    'that may be read is one whose time for it has not come: %s',
    (_which, ended, now, state) => {
      const { canRead } = permissionsOf({ expiresAt: EXPIRES, ended }, now);
      if (state !== 'revoked') expect(now < readableUntil({ expiresAt: EXPIRES, ended })).toBe(canRead);
      else expect(canRead).toBe(false);
    },
  );
});
