import type { PageLink, PageLinkEnd } from '../ports/page-link.store.js';

/**
 * - `open`: the account can be paired with it
 * - `expired`: its time is over, and it was not used
 * - `used`: the account was linked, with this link or otherwise
 * - `revoked`: somebody has taken it back
 */
export type PageLinkState = 'open' | 'expired' | PageLinkEnd;

export const PAGE_LINK_STATES = ['open', 'expired', 'used', 'revoked'] as const satisfies PageLinkState[];

/** What a link is good for at a moment. */
export interface PageLinkPermissions {
  readonly state: PageLinkState;
  /** Its page may ask how its account is. */
  readonly canRead: boolean;
  /** Its page may begin and stop a pairing. */
  readonly canAct: boolean;
}

/** A page whose link was just used goes on reading, to say that it worked. */
export const READABLE_AFTER_USE_MS = 5 * 60_000;

type Terms = Pick<PageLink, 'expiresAt' | 'ended'>;

/** From this moment on, of the wall clock, nothing can be read with the link. */
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
