import { AuthStateCorrupt } from '../../../src/whatsapp/domain/errors.js';
import { type BrokenStorage, brokenStorage, right } from './broken-storage.js';
import { type Disk, emptyDisk, type StoredAccount } from '../replaceable-steps.js';

const text = (value: Uint8Array): string => Buffer.from(value).toString('utf8');
const forget =
  (...parts: (keyof StoredAccount)[]) =>
  (disk: Disk, id: string): void => {
    const account = disk.accounts.get(id);
    if (!account) return;
    if (parts.length === 0) disk.accounts.clear();
    if (parts.includes('credentials')) Object.assign(account, { credentials: null, damaged: false });
    if (parts.includes('keys')) account.keys.clear();
    if (parts.includes('connector')) account.connector = null;
  };

const RULES = {
  nothing: 'an account that was never written has nothing',
  bytes: 'bytes come back as they went in',
  window: 'bytes that were handed over or handed out are no window into the store',
  missing: 'keys that are missing are left out',
  deletion: 'null deletes a key and leaves the others',
  lastCounts: 'of several changes of one key in a write the last one counts',
  keyNames: 'ids and types of keys are any text and kept apart exactly',
  accountNames: 'ids of accounts are case-sensitive, and __proto__ is one',
  shared: 'accounts share nothing',
  restart: 'what was acknowledged is there after a restart',
  atomic: 'a write that fails leaves nothing of itself, and the next one works',
  erase: 'erase removes credentials, keys and connector for good',
  eraseAgain: 'after an erase the same writer begins with nothing, and erasing nothing is no error',
  corrupt: 'damaged credentials are corrupt, not absent, and stay until they are erased',
  linked: 'linked gives the accounts with credentials in pages, in order of id',
} as const;

export const brokenStores: readonly BrokenStorage[] = [
  brokenStorage('invents credentials', RULES.nothing, {
    load: (account) => (account ? right.load(account) : new Uint8Array()),
  }),
  brokenStorage('keeps bytes as text', RULES.bytes, { bytesIn: (value) => Buffer.from(text(value)) }),
  brokenStorage('keeps the whole buffer of a view', RULES.bytes, {
    bytesIn: (value) => new Uint8Array(value.buffer.slice(0)),
  }),
  brokenStorage('keeps the caller’s buffer', RULES.window, { bytesIn: (value) => value }),
  brokenStorage('hands out its own buffer', RULES.window, { bytesOut: (value) => value }),
  brokenStorage('tears a failing write', RULES.atomic, {
    transaction: (disk, account, apply) => {
      disk.accounts.set(account.id, account);
      apply(account);
    },
  }),
  brokenStorage('saves the connector outside the transaction', RULES.atomic, {
    transaction: (disk, account, apply) => {
      const draft = { ...account, keys: new Map(account.keys) };
      disk.accounts.set(account.id, account);
      try {
        apply(draft);
      } finally {
        account.connector = draft.connector;
      }
      disk.accounts.set(account.id, draft);
    },
  }),
  brokenStorage('merges the keys of a write, the first one counting', RULES.lastCounts, {
    transaction: (disk, account, apply) => {
      const keys = new Map(account.keys);
      const before = new Set(keys.keys());
      const set = keys.set.bind(keys);
      keys.set = (name, value) => (keys.has(name) && !before.has(name) ? keys : set(name, value));
      const draft = { ...account, keys };
      apply(draft);
      disk.accounts.set(account.id, { ...draft, keys: new Map(keys) });
    },
  }),
  brokenStorage('ignores deletions', RULES.deletion, {
    transaction: (disk, account, apply) => {
      const keys = new Map(account.keys);
      keys.delete = () => false;
      const draft = { ...account, keys };
      apply(draft);
      disk.accounts.set(account.id, { ...draft, keys: new Map(keys) });
    },
  }),
  brokenStorage('forgets the type of a key', RULES.deletion, { keyName: (_type, id) => id }),
  brokenStorage('finds every key', RULES.missing, { keyName: (type) => type }),
  brokenStorage('folds ids of keys to lower case', RULES.keyNames, {
    keyName: (type, id) => `${type} ${id}`.toLowerCase(),
  }),
  brokenStorage('names keys as files', RULES.keyNames, {
    keyName: (type, id) => `${type}-${id.replaceAll('/', '__').replaceAll(':', '-')}`,
  }),
  brokenStorage('trims ids of keys', RULES.keyNames, { keyName: (type, id) => `${type}/${id.trim()}` }),
  brokenStorage('normalises ids of keys', RULES.keyNames, {
    keyName: (type, id) => `${type}/${id.normalize()}`,
  }),
  brokenStorage('folds ids of accounts to lower case', RULES.accountNames, {
    accountName: (id) => id.toLowerCase(),
  }),
  brokenStorage('shares keys between accounts', RULES.shared, { accountName: () => 'one' }),
  brokenStorage('erases every account', RULES.shared, { erase: forget() }),
  brokenStorage('is empty after a restart', RULES.restart, {
    restarted: emptyDisk,
  }),
  brokenStorage('forgets keys in an erase', RULES.erase, { erase: forget('credentials', 'connector') }),
  brokenStorage('forgets the connector in an erase', RULES.erase, { erase: forget('credentials', 'keys') }),
  brokenStorage('forgets the credentials in an erase', RULES.erase, { erase: forget('keys', 'connector') }),
  brokenStorage('fails to erase what is not there', RULES.eraseAgain, {
    erase: (disk, id) => {
      if (!disk.accounts.delete(id)) throw new Error('no such account');
    },
  }),
  brokenStorage('takes damaged credentials for none', RULES.corrupt, {
    load: (account) => (account?.damaged ? null : right.load(account)),
  }),
  brokenStorage('hands out damaged credentials', RULES.corrupt, {
    load: (account) => account?.credentials ?? null,
  }),
  brokenStorage('throws damaged credentials away', RULES.corrupt, {
    load: (account) => {
      if (!account?.damaged) return right.load(account);
      Object.assign(account, { credentials: null, damaged: false });
      throw new AuthStateCorrupt();
    },
  }),
  brokenStorage('does not list damaged credentials', RULES.corrupt, {
    listed: (account) => right.listed(account) && !account.damaged,
  }),
  brokenStorage('lists accounts without credentials', RULES.linked, { listed: () => true }),
  brokenStorage('lists in order of arrival', RULES.linked, {
    page: (ids, { after, limit }) => ids.filter((id) => after === null || id > after).slice(0, limit),
  }),
  brokenStorage('lists in the order of a language', RULES.linked, {
    page: (ids, page) =>
      right
        .page(ids, { ...page, limit: 100 })
        .sort((a, b) => a.localeCompare(b))
        .slice(0, page.limit),
  }),
  brokenStorage('begins a page with the last of the page before', RULES.linked, {
    page: (ids, { after, limit }) =>
      [...ids.filter((id) => id === after), ...right.page(ids, { after, limit })].slice(0, limit),
  }),
  brokenStorage('ignores the limit of a page', RULES.linked, {
    page: (ids, page) => right.page(ids, { ...page, limit: 100 }),
  }),
];
