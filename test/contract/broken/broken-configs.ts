import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import type { Connector } from '../../../src/whatsapp/domain/account.js';
import { type BrokenStorage, brokenStorage } from './broken-storage.js';
import { emptyAccount, emptyDisk } from '../replaceable-steps.js';
import { LINKED_AT } from '../storage-subject.js';

function invented(accountId: AccountId): Connector {
  return {
    accountId,
    phone: '',
    linkedAt: LINKED_AT,
    confirmedAt: null,
    lastConnectedAt: null,
    unlinkedAt: null,
    lastError: null,
    parked: null,
  };
}

export const brokenConfigs: readonly BrokenStorage[] = [
  brokenStorage('loses the time of day', 'a connector begins with what the acceptance said', {
    acceptedConnector: (fresh) => ({
      ...fresh,
      linkedAt: new Date(Math.floor(fresh.linkedAt.getTime() / 1000) * 1000),
    }),
  }),
  brokenStorage('makes a connector of credentials', 'credentials without a connector make none', {
    connectorWithoutAcceptance: (accountId, current) => current ?? invented(accountId),
  }),
  brokenStorage('makes a connector of an update', 'updating an account without a connector does nothing', {
    updateOfUnknown: (disk, accountId) => {
      disk.accounts.set(accountId, { ...emptyAccount(accountId), connector: invented(accountId) });
    },
  }),
  brokenStorage(
    'resets what an update does not mention',
    'an update changes the given fields and no others',
    {
      updated: (current, update) => ({ ...current, lastError: null, parked: null, ...update }),
    },
  ),
  brokenStorage('rounds times to seconds', 'an update changes the given fields and no others', {
    updated: (current, { confirmedAt, ...update }) => ({
      ...current,
      ...update,
      ...(confirmedAt && { confirmedAt: new Date(Math.floor(confirmedAt.getTime() / 1000) * 1000) }),
    }),
  }),
  brokenStorage('takes null for not given', 'null clears a field', {
    updated: (current, update) => ({
      ...current,
      ...Object.fromEntries(Object.entries(update).filter(([, value]) => value !== null)),
    }),
  }),
  brokenStorage(
    'keeps the error over a new acceptance',
    'a new acceptance resets confirmation, error and parking',
    {
      acceptedConnector: (fresh, old) => ({ ...old, ...fresh, lastError: old?.lastError ?? null }),
    },
  ),
  brokenStorage('forgives with every save', 'a new acceptance resets confirmation, error and parking', {
    connectorWithoutAcceptance: (_id, current) => current && { ...current, lastError: null },
  }),
  brokenStorage('lists in order of arrival', 'list gives the connectors in pages, in order of id', {
    page: (ids, { after, limit }) => ids.filter((id) => after === null || id > after).slice(0, limit),
  }),
  brokenStorage('folds ids of accounts to lower case', 'connectors of accounts that differ in case are two', {
    accountName: (id) => id.toLowerCase(),
  }),
  brokenStorage('is empty after a restart', 'connectors and settings are there after a restart', {
    restarted: emptyDisk,
  }),
  brokenStorage('folds names of settings', 'a setting is null until it is saved, then what was saved last', {
    settingName: (name) => name.toLowerCase(),
  }),
  brokenStorage('erases settings with an account', 'settings belong to no account', {
    erase: (disk, id) => {
      disk.accounts.delete(id);
      disk.settings.delete(id);
    },
  }),
];
