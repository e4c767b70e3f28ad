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
  brokenPageLinks('loses the expected phone number', 'a link is listed as it was added', {
    added: (link) => ({ ...link, expectedPhone: null }),
  }),
  brokenPageLinks('lists by id', 'links are listed in the order in which they were added', {
    listed: (links) => [...links].sort((a, b) => (a.id < b.id ? -1 : 1)),
  }),
  brokenPageLinks('lists links by creation time', 'links are listed in the order in which they were added', {
    listed: (links) => [...links].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()),
  }),
  brokenPageLinks('keeps only one link for an account', 'an account can have several links', {
    room: ({ accountId }, links) => {
      for (const [name, link] of links) if (link.accountId === accountId) links.delete(name);
      return links;
    },
  }),
  brokenPageLinks('replaces a link', 'a second link with the same id is refused, and the first link stays', {
    admits: () => true,
  }),
  brokenPageLinks('ignores the case of link ids', 'ending a link changes only that link', {
    name: (id) => id.toLowerCase(),
  }),
  brokenPageLinks('ends every link as used', 'ending a link changes only that link', {
    ended: (link, _as, at) => right.ended(link, 'used', at),
  }),
  brokenPageLinks('keeps the last end', 'the first end of a link stays', {
    ended: (link, as, at) => ({ ...link, ended: { as, at } }),
  }),
  brokenPageLinks('creates a link when it ends an unknown one', 'ending an unknown link creates no link', {
    endOfUnknown: (id, links) => {
      const accountId = 'sales' as AccountId;
      const none = { hash: '', expectedPhone: null, returnUrl: null, createdBy: null, ended: null };
      links.set(id, { id, accountId, ...none, createdAt: new Date(0), expiresAt: new Date(0) });
    },
  }),
  brokenPageLinks(
    'removes links that expire at the given time',
    'forgetBefore removes exactly the links that expired before the given time',
    { isForgotten: ({ ended, expiresAt }, at) => (ended?.at ?? expiresAt) <= at },
  ),
  brokenPageLinks(
    'removes only ended links',
    'forgetBefore removes exactly the links that expired before the given time',
    { isForgotten: ({ ended }, at) => ended !== null && ended.at < at },
  ),
  brokenPageLinks(
    'keeps ended links until their expiry',
    'forgetBefore removes links that ended before the given time, whatever their expiry',
    { isForgotten: ({ expiresAt }, at) => expiresAt < at },
  ),
  brokenPageLinks('loses ends at a restart', 'links and their ends are kept over a restart', {
    restarted: (links) => new Map([...links].map(([name, link]) => [name, { ...link, ended: null }])),
  }),
];
