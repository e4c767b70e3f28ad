import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { PageLinkReplaceableSteps } from '../memory/memory-page-links.js';

/** A store of page links with one fault, and the rule that must detect it. */
export interface BrokenPageLinks {
  readonly wrong: string;
  readonly caughtBy: string;
  readonly steps: PageLinkReplaceableSteps;
}

const right = new PageLinkReplaceableSteps();

function brokenPageLinks(
  wrong: string,
  caughtBy: string,
  overrides: Partial<PageLinkReplaceableSteps>,
): BrokenPageLinks {
  return { wrong, caughtBy, steps: Object.assign(new PageLinkReplaceableSteps(), overrides) };
}

export const brokenPageLinkStores: readonly BrokenPageLinks[] = [
  brokenPageLinks('rounds times to seconds', 'a link is listed as it was added', {
    added: (link) => ({ ...link, createdAt: new Date(Math.floor(link.createdAt.getTime() / 1000) * 1000) }),
  }),
  brokenPageLinks('forgets which phone is expected', 'a link is listed as it was added', {
    added: (link) => ({ ...link, expectedPhone: null }),
  }),
  brokenPageLinks('lists by id', 'links are listed in the order in which they were added', {
    listed: (links) => [...links].sort((a, b) => (a.id < b.id ? -1 : 1)),
  }),
  brokenPageLinks('lists by creation', 'links are listed in the order in which they were added', {
    listed: (links) => [...links].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()),
  }),
  brokenPageLinks('keeps one link of an account', 'an account can have several', {
    room: ({ accountId }, links) => {
      for (const [name, link] of links) if (link.accountId === accountId) links.delete(name);
      return links;
    },
  }),
  brokenPageLinks('takes ids for the same that differ in case', 'the end of a link is its own', {
    name: (id) => id.toLowerCase(),
  }),
  brokenPageLinks('ends every link as used', 'the end of a link is its own', {
    ended: (link, _as, at) => right.ended(link, 'used', at),
  }),
  brokenPageLinks('lets the last end stay', 'the first end stays', {
    ended: (link, as, at) => ({ ...link, ended: { as, at } }),
  }),
  brokenPageLinks('makes a link of an end', 'the end of an unknown link is no link', {
    endOfUnknown: (id, links) => {
      const accountId = 'sales' as AccountId;
      const none = { hash: '', expectedPhone: null, returnUrl: null, createdBy: null, ended: null };
      links.set(id, { id, accountId, ...none, createdAt: new Date(0), expiresAt: new Date(0) });
    },
  }),
  brokenPageLinks(
    'forgets what expires at the moment',
    'links that expired before the moment are forgotten, and no others',
    { isForgotten: ({ ended, expiresAt }, at) => (ended?.at ?? expiresAt) <= at },
  ),
  brokenPageLinks(
    'forgets only what has ended',
    'links that expired before the moment are forgotten, and no others',
    { isForgotten: ({ ended }, at) => ended !== null && ended.at < at },
  ),
  brokenPageLinks(
    'keeps what has ended until it would have expired',
    'links that ended before the moment are forgotten, whenever they would have expired',
    { isForgotten: ({ expiresAt }, at) => expiresAt < at },
  ),
  brokenPageLinks('loses ends in a restart', 'links and their ends are there after a restart', {
    restarted: (links) => new Map([...links].map(([name, link]) => [name, { ...link, ended: null }])),
  }),
];
