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

/** Config repositories that each break one rule of the contract. */
export const brokenConfigs: readonly BrokenStorage[] = [
  brokenStorage('rounds the link time to seconds', 'a new connector has the values of the acceptance', {
    acceptedConnector: (fresh) => ({
      ...fresh,
      linkedAt: new Date(Math.floor(fresh.linkedAt.getTime() / 1000) * 1000),
    }),
  }),
  brokenStorage(
    'creates a connector for credentials',
    'credentials without a connector create no connector',
    {
      connectorWithoutAcceptance: (accountId, current) => current ?? invented(accountId),
    },
  ),
  brokenStorage('creates a connector for an update', 'updating an account without a connector does nothing', {
    updateOfUnknown: (disk, accountId) => {
      disk.accounts.set(accountId, { ...emptyAccount(accountId), connector: invented(accountId) });
    },
  }),
  brokenStorage(
    'resets the fields that an update does not contain',
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
  brokenStorage('treats null as a missing field', 'an update with null clears a field', {
    updated: (current, update) => ({
      ...current,
      ...Object.fromEntries(Object.entries(update).filter(([, value]) => value !== null)),
    }),
  }),
  brokenStorage(
    'keeps the error after a new acceptance',
    'a new acceptance resets confirmation, error and parking',
    {
      acceptedConnector: (fresh, old) => ({ ...old, ...fresh, lastError: old?.lastError ?? null }),
    },
  ),
  brokenStorage(
    'clears the error with every write',
    'a new acceptance resets confirmation, error and parking',
    {
      connectorWithoutAcceptance: (_id, current) => current && { ...current, lastError: null },
    },
  ),
  brokenStorage('lists in the order of writing', 'list returns the connectors in pages, ordered by id', {
    page: (ids, { after, limit }) => ids.filter((id) => after === null || id > after).slice(0, limit),
  }),
  brokenStorage(
    'ignores the case of account ids',
    'accounts whose ids differ only in case have separate connectors',
    {
      accountName: (id) => id.toLowerCase(),
    },
  ),
  brokenStorage('is empty after a restart', 'connectors and settings are kept over a restart', {
    restarted: emptyDisk,
  }),
  brokenStorage(
    'ignores the case of setting names',
    'a setting is null until it is saved, and then has the last saved value',
    {
      settingName: (name) => name.toLowerCase(),
    },
  ),
  brokenStorage('erases settings with an account', 'settings are independent of accounts', {
    erase: (disk, id) => {
      disk.accounts.delete(id);
      disk.settings.delete(id);
    },
  }),
];
