import { describe, expect, it } from '@jest/globals';
import { SqlitePageLinkStore } from '../../src/storage/sqlite/stores/sqlite-page-link.store.js';
import { brokenPageLinkStores } from './broken/broken-page-links.js';
import { MemoryPageLinkSubject } from './memory/memory-page-links.js';
import { pageLinkStoreRules } from './suites/page-link-store.contract.js';
import type { PageLinkSubject } from './suites/page-link-store.contract.js';
import { broken } from './rule.js';
import { SqliteSubject } from './sqlite-subject.js';

class SqlitePageLinkSubject implements PageLinkSubject {
  private constructor(private readonly store: SqliteSubject) {}

  static async create(): Promise<SqlitePageLinkSubject> {
    return new SqlitePageLinkSubject(await SqliteSubject.create());
  }

  get links(): SqlitePageLinkStore {
    return new SqlitePageLinkStore(this.store.database);
  }

  reopen(): Promise<void> {
    return this.store.reopen();
  }

  dispose(): Promise<void> {
    return this.store.dispose();
  }
}

describe('SqlitePageLinkStore', () => {
  it.each(pageLinkStoreRules)('$name', async ({ check }) => {
    await check(() => SqlitePageLinkSubject.create());
  });
});

describe('the contract of PageLinkStore', () => {
  it('the store that the broken stores derive from follows every rule', async () => {
    expect(await broken(pageLinkStoreRules, () => MemoryPageLinkSubject.create())).toEqual([]);
  });

  it.each(brokenPageLinkStores)(
    'a store that $wrong breaks the rule: $caughtBy',
    async ({ steps, caughtBy }) => {
      const names = await broken(pageLinkStoreRules, () => MemoryPageLinkSubject.create(steps));
      expect(names).toContain(caughtBy);
    },
  );

  it('every rule is broken by at least one store', () => {
    const names = new Set(brokenPageLinkStores.map(({ caughtBy }) => caughtBy));
    expect(pageLinkStoreRules.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  });
});
