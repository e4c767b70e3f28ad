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
  nothing: 'an account that was never written has no data',
  bytes: 'bytes are read exactly as they were written',
  window: 'changes of a buffer after a write or a read do not change the store',
  missing: 'a read leaves out missing keys',
  deletion: 'a null value deletes a key and keeps the others',
  lastCounts: 'the last of several changes of one key in a write counts',
  keyNames: 'ids and types of keys can be any text and are compared exactly',
  accountNames: 'account ids are case-sensitive, and __proto__ is a valid id',
  shared: 'accounts share no data',
  restart: 'acknowledged writes are kept over a restart',
  atomic: 'a failed write changes nothing, and the next one works',
  erase: 'erase removes credentials, keys and connector permanently',
  eraseAgain: 'a writer starts without data after erase, and erasing no data is not an error',
  corrupt: 'damaged credentials are reported as corrupt, and stay until they are erased',
  linked: 'linked returns the accounts with credentials in pages, ordered by id',
} as const;

/** Auth state stores that each break one rule of the contract. */
export const brokenStores: readonly BrokenStorage[] = [
  brokenStorage('invents credentials', RULES.nothing, {
    load: (account) => (account ? right.load(account) : new Uint8Array()),
  }),
  brokenStorage('stores bytes as text', RULES.bytes, { bytesIn: (value) => Buffer.from(text(value)) }),
  brokenStorage('stores the whole buffer of a view', RULES.bytes, {
    bytesIn: (value) => new Uint8Array(value.buffer.slice(0)),
  }),
  brokenStorage('keeps the buffer of the caller', RULES.window, { bytesIn: (value) => value }),
  brokenStorage('returns its own buffer', RULES.window, { bytesOut: (value) => value }),
  brokenStorage('stores a part of a failing write', RULES.atomic, {
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
  brokenStorage('keeps the first of several changes of one key', RULES.lastCounts, {
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
  brokenStorage('ignores the type of a key', RULES.deletion, { keyName: (_type, id) => id }),
  brokenStorage('returns a key for every id', RULES.missing, { keyName: (type) => type }),
  brokenStorage('ignores the case of key ids', RULES.keyNames, {
    keyName: (type, id) => `${type} ${id}`.toLowerCase(),
  }),
  brokenStorage('replaces characters in key ids', RULES.keyNames, {
    keyName: (type, id) => `${type}-${id.replaceAll('/', '__').replaceAll(':', '-')}`,
  }),
  brokenStorage('trims key ids', RULES.keyNames, { keyName: (type, id) => `${type}/${id.trim()}` }),
  brokenStorage('normalises key ids', RULES.keyNames, {
    keyName: (type, id) => `${type}/${id.normalize()}`,
  }),
  brokenStorage('ignores the case of account ids', RULES.accountNames, {
    accountName: (id) => id.toLowerCase(),
  }),
  brokenStorage('shares keys between accounts', RULES.shared, { accountName: () => 'one' }),
  brokenStorage('erases every account', RULES.shared, { erase: forget() }),
  brokenStorage('is empty after a restart', RULES.restart, {
    restarted: emptyDisk,
  }),
  brokenStorage('does not erase keys', RULES.erase, { erase: forget('credentials', 'connector') }),
  brokenStorage('does not erase the connector', RULES.erase, { erase: forget('credentials', 'keys') }),
  brokenStorage('does not erase the credentials', RULES.erase, { erase: forget('keys', 'connector') }),
  brokenStorage('fails to erase an unknown account', RULES.eraseAgain, {
    erase: (disk, id) => {
      if (!disk.accounts.delete(id)) throw new Error('no such account');
    },
  }),
  brokenStorage('reports damaged credentials as missing', RULES.corrupt, {
    load: (account) => (account?.damaged ? null : right.load(account)),
  }),
  brokenStorage('returns damaged credentials', RULES.corrupt, {
    load: (account) => account?.credentials ?? null,
  }),
  brokenStorage('deletes damaged credentials', RULES.corrupt, {
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
  brokenStorage('lists in the order of writing', RULES.linked, {
    page: (ids, { after, limit }) => ids.filter((id) => after === null || id > after).slice(0, limit),
  }),
  brokenStorage('lists in the order of a locale', RULES.linked, {
    page: (ids, page) =>
      right
        .page(ids, { ...page, limit: 100 })
        .sort((a, b) => a.localeCompare(b))
        .slice(0, page.limit),
  }),
  brokenStorage('repeats the last account of the previous page', RULES.linked, {
    page: (ids, { after, limit }) =>
      [...ids.filter((id) => id === after), ...right.page(ids, { after, limit })].slice(0, limit),
  }),
  brokenStorage('ignores the limit of a page', RULES.linked, {
    page: (ids, page) => right.page(ids, { ...page, limit: 100 }),
  }),
];
