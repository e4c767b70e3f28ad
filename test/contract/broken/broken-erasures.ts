import { type BrokenStorage, brokenStorage, right } from './broken-storage.js';
import { emptyDisk } from '../replaceable-steps.js';
import { LINKED_AT } from '../storage-subject.js';

const RULES = {
  unlinked: 'an unlinked account keeps its connector, marked, and nothing secret',
  updated: 'a kept connector can be updated and stays unlinked',
  noConnector: 'unlinking an account without a connector leaves nothing',
  unconfirmed: 'a logout that was not confirmed is remembered, and nothing else is',
  pages: 'unconfirmed logouts are listed in pages, in order of id',
  forgetting: 'forgetting an unconfirmed logout leaves the others, and twice is no error',
  latest: 'an erase leaves of the account what it says, and nothing of an earlier end',
  gone: 'an account that ended is gone for good when it is erased without remains',
  others: 'what remains of an account is no other account’s concern',
  acceptance: 'an accepted device takes mark and remark away',
  withoutConnector: 'credentials or keys without a connector leave mark and remark',
  failing: 'an acceptance that could not be stored leaves mark and remark',
} as const;

export const brokenErasures: readonly BrokenStorage[] = [
  brokenStorage('keeps the phone of an unlinked account', RULES.unlinked, {
    unlinkedConnector: (current, remains, id) => {
      const kept = right.unlinkedConnector(current, remains, id);
      return kept && { ...kept, phone: current?.phone ?? null };
    },
  }),
  brokenStorage('keeps an unlinked account parked', RULES.unlinked, {
    unlinkedConnector: (current, remains, id) => {
      const kept = right.unlinkedConnector(current, remains, id);
      return kept && { ...kept, parked: current?.parked ?? null };
    },
  }),
  brokenStorage('forgets when an unlinked account was connected', RULES.unlinked, {
    unlinkedConnector: (current, remains, id) => {
      const kept = right.unlinkedConnector(current, remains, id);
      return kept && { ...kept, confirmedAt: null, lastConnectedAt: null };
    },
  }),
  brokenStorage('removes the connector of an unlinked account', RULES.unlinked, {
    erase: (disk, id) => {
      right.erase(disk, id);
    },
  }),
  brokenStorage('keeps the credentials of an unlinked account', RULES.unlinked, {
    erase: (disk, id, erasure) => {
      const before = disk.accounts.get(id);
      right.erase(disk, id, erasure);
      const kept = disk.accounts.get(id);
      if (kept && before) kept.credentials = before.credentials;
    },
  }),
  brokenStorage('takes an update for a new link', RULES.updated, {
    updated: (current, update) => ({ ...current, ...update, unlinkedAt: null }),
  }),
  brokenStorage('does not find kept connectors for an update', RULES.updated, {
    updated: (current, update) => (current.unlinkedAt ? current : { ...current, ...update }),
  }),
  brokenStorage('makes a connector of an unlinking', RULES.noConnector, {
    unlinkedConnector: (current, { at, failure }, accountId) => ({
      accountId,
      linkedAt: LINKED_AT,
      confirmedAt: null,
      lastConnectedAt: null,
      ...current,
      phone: null,
      unlinkedAt: at,
      lastError: failure,
      parked: null,
    }),
  }),
  brokenStorage('does not remember unconfirmed logouts', RULES.unconfirmed, {
    erase: (disk, id, erasure) => {
      right.erase(disk, id, erasure?.kind === 'unlinked' ? erasure : undefined);
    },
  }),
  brokenStorage('keeps the connector of an unconfirmed logout', RULES.unconfirmed, {
    erase: (disk, id, erasure) => {
      const connector = disk.accounts.get(id)?.connector;
      right.erase(disk, id, erasure);
      if (erasure?.kind === 'logoutUnconfirmed' && connector) {
        right.transaction(disk, { id, credentials: null, damaged: false, keys: new Map(), connector }, () => {
          return;
        });
      }
    },
  }),
  brokenStorage('rounds the time of a logout to seconds', RULES.unconfirmed, {
    unconfirmedLogout: ({ accountId, at }) => ({
      accountId,
      at: new Date(Math.floor(at.getTime() / 1000) * 1000),
    }),
  }),
  brokenStorage('forgets unconfirmed logouts at a restart', RULES.unconfirmed, {
    restarted: (disk) => ({ ...disk, logouts: emptyDisk().logouts }),
  }),
  brokenStorage('lists in order of arrival', RULES.pages, {
    page: (ids, { after, limit }) => ids.filter((id) => after === null || id > after).slice(0, limit),
  }),
  brokenStorage('forgets every unconfirmed logout at once', RULES.forgetting, {
    forgetLogout: (disk) => {
      disk.logouts.clear();
    },
  }),
  brokenStorage('cannot forget what it does not remember', RULES.forgetting, {
    forgetLogout: (disk, name) => {
      if (!disk.logouts.delete(name)) throw new Error('no such logout');
    },
  }),
  brokenStorage('keeps the first time that a logout was not confirmed', RULES.latest, {
    erase: (disk, id, erasure) => {
      const before = disk.logouts.get(id);
      right.erase(disk, id, erasure);
      if (before && erasure?.kind === 'logoutUnconfirmed') disk.logouts.set(id, before);
    },
  }),
  brokenStorage('keeps the first time of an unlinking', RULES.latest, {
    unlinkedConnector: (current, remains, id) =>
      current?.unlinkedAt ? current : right.unlinkedConnector(current, remains, id),
  }),
  brokenStorage('erases only accounts with credentials', RULES.gone, {
    erase: (disk, id, erasure) => {
      if (disk.accounts.get(id)?.credentials) right.erase(disk, id, erasure);
    },
  }),
  brokenStorage('folds ids of accounts to lower case', RULES.others, {
    accountName: (id) => id.toLowerCase(),
  }),
  brokenStorage('forgets everybody’s logout with an account', RULES.others, {
    erase: (disk, id, erasure) => {
      right.erase(disk, id, erasure);
      if (erasure?.kind !== 'logoutUnconfirmed') disk.logouts.clear();
    },
  }),
  brokenStorage('keeps the mark over a new acceptance', RULES.acceptance, {
    acceptedConnector: (fresh, old) => ({ ...fresh, unlinkedAt: old?.unlinkedAt ?? null }),
  }),
  brokenStorage('keeps the remark over a new acceptance', RULES.acceptance, { written: () => undefined }),
  brokenStorage('takes any credentials for an acceptance', RULES.withoutConnector, {
    written: (disk, name) => {
      disk.logouts.delete(name);
    },
  }),
  brokenStorage('takes the mark away with any credentials', RULES.withoutConnector, {
    connectorWithoutAcceptance: (_id, current) => current && { ...current, unlinkedAt: null },
  }),
  brokenStorage('forgets the remark before the acceptance is stored', RULES.failing, {
    transaction: (disk, account, apply) => {
      disk.logouts.delete(account.id);
      right.transaction(disk, account, apply);
    },
  }),
  brokenStorage('tears a failing write', RULES.failing, {
    transaction: (disk, account, apply) => {
      disk.accounts.set(account.id, account);
      apply(account);
    },
  }),
];
