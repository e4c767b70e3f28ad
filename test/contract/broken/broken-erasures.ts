import { type BrokenStorage, brokenStorage, right } from './broken-storage.js';
import { emptyDisk } from '../replaceable-steps.js';
import { LINKED_AT } from '../storage-subject.js';

const RULES = {
  unlinked: 'an unlinked account keeps its connector, marked as unlinked, and no secret',
  updated: 'the connector of an unlinked account can be updated and stays unlinked',
  noConnector: 'unlinking an account without a connector stores nothing',
  unconfirmed: 'an unconfirmed logout is stored, and nothing else of the account',
  pages: 'unconfirmed logouts are listed in pages, ordered by id',
  forgetting: 'removing an unconfirmed logout keeps the others, and can be repeated',
  latest: 'an erasure stores its own record, and removes the record of an earlier one',
  gone: 'an erasure without a record removes every trace of the account',
  others: 'an erasure does not affect the records of other accounts',
  acceptance: 'an accepted device removes the mark and the unconfirmed logout',
  withoutConnector: 'credentials or keys without a connector keep the mark and the unconfirmed logout',
  failing: 'an acceptance that cannot be stored keeps the mark and the unconfirmed logout',
} as const;

/** Stores whose erasure breaks one rule of the contract each. */
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
  brokenStorage('loses the connection times of an unlinked account', RULES.unlinked, {
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
  brokenStorage('treats an update as a new link', RULES.updated, {
    updated: (current, update) => ({ ...current, ...update, unlinkedAt: null }),
  }),
  brokenStorage('does not update connectors of unlinked accounts', RULES.updated, {
    updated: (current, update) => (current.unlinkedAt ? current : { ...current, ...update }),
  }),
  brokenStorage('creates a connector when it unlinks an account', RULES.noConnector, {
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
  brokenStorage('does not store unconfirmed logouts', RULES.unconfirmed, {
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
  brokenStorage('loses unconfirmed logouts at a restart', RULES.unconfirmed, {
    restarted: (disk) => ({ ...disk, logouts: emptyDisk().logouts }),
  }),
  brokenStorage('lists in the order of writing', RULES.pages, {
    page: (ids, { after, limit }) => ids.filter((id) => after === null || id > after).slice(0, limit),
  }),
  brokenStorage('removes all unconfirmed logouts at once', RULES.forgetting, {
    forgetLogout: (disk) => {
      disk.logouts.clear();
    },
  }),
  brokenStorage('fails to remove an unknown logout', RULES.forgetting, {
    forgetLogout: (disk, name) => {
      if (!disk.logouts.delete(name)) throw new Error('no such logout');
    },
  }),
  brokenStorage('keeps the time of the first unconfirmed logout', RULES.latest, {
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
  brokenStorage('ignores the case of account ids', RULES.others, {
    accountName: (id) => id.toLowerCase(),
  }),
  brokenStorage('removes the unconfirmed logouts of all accounts with one account', RULES.others, {
    erase: (disk, id, erasure) => {
      right.erase(disk, id, erasure);
      if (erasure?.kind !== 'logoutUnconfirmed') disk.logouts.clear();
    },
  }),
  brokenStorage('keeps the mark after a new acceptance', RULES.acceptance, {
    acceptedConnector: (fresh, old) => ({ ...fresh, unlinkedAt: old?.unlinkedAt ?? null }),
  }),
  brokenStorage('keeps the unconfirmed logout after a new acceptance', RULES.acceptance, {
    written: () => undefined,
  }),
  brokenStorage('treats any credentials as an acceptance', RULES.withoutConnector, {
    written: (disk, name) => {
      disk.logouts.delete(name);
    },
  }),
  brokenStorage('removes the mark with any credentials', RULES.withoutConnector, {
    connectorWithoutAcceptance: (_id, current) => current && { ...current, unlinkedAt: null },
  }),
  brokenStorage('removes the unconfirmed logout before the acceptance is stored', RULES.failing, {
    transaction: (disk, account, apply) => {
      disk.logouts.delete(account.id);
      right.transaction(disk, account, apply);
    },
  }),
  brokenStorage('stores a part of a failing write', RULES.failing, {
    transaction: (disk, account, apply) => {
      disk.accounts.set(account.id, account);
      apply(account);
    },
  }),
];
