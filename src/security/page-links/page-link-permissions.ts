import type { PageLink, PageLinkEnd } from '../ports/page-link.store.js';

/**
 * - `open`: the link can pair its account
 * - `expired`: the link expired without being used
 * - `used`: the account was linked, with this link or in another way
 * - `revoked`: a client revoked the link
 */
export type PageLinkState = 'open' | 'expired' | PageLinkEnd;

export const PAGE_LINK_STATES = ['open', 'expired', 'used', 'revoked'] as const satisfies PageLinkState[];

/** State and permissions of a link at a given time. */
export interface PageLinkPermissions {
  readonly state: PageLinkState;
  /** Whether the page may read the status of the account. */
  readonly canRead: boolean;
  /** Whether the page may start and stop a pairing. */
  readonly canAct: boolean;
}

/** After the use of a link, its page may read for this time, so that it can show the success. */
export const READABLE_AFTER_USE_MS = 5 * 60_000;

type Terms = Pick<PageLink, 'expiresAt' | 'ended'>;

/** Returns the time, on the wall clock, from which the link permits no reading. */
export function readableUntil({ expiresAt, ended }: Terms): Date {
  if (ended === null) return expiresAt;
  return ended.as === 'used' ? new Date(ended.at.getTime() + READABLE_AFTER_USE_MS) : ended.at;
}

export function stateOf({ expiresAt, ended }: Terms, now: Date): PageLinkState {
  if (ended !== null) return ended.as;
  return now < expiresAt ? 'open' : 'expired';
}

export function permissionsOf(link: Terms, now: Date): PageLinkPermissions {
  const state = stateOf(link, now);
  return {
    state,
    canRead: (state === 'open' || state === 'used') && now < readableUntil(link),
    canAct: state === 'open',
  };
}
