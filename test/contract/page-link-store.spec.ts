import { describe, expect, it } from '@jest/globals';
import { SqlitePageLinkStore } from '../../src/storage/sqlite/stores/sqlite-page-link.store.js';
import { brokenPageLinkStores } from './broken/broken-page-links.js';
import { memoryPageLinkSubject } from './memory/memory-page-links.js';
import { pageLinkStoreRules } from './suites/page-link-store.contract.js';
import type { PageLinkSubject } from './suites/page-link-store.contract.js';
import { broken } from './rule.js';
import { SqliteSubject } from './sqlite-subject.js';

async function sqliteSubject(): Promise<PageLinkSubject> {
  const store = await SqliteSubject.create();
  return {
    get links() {
      return new SqlitePageLinkStore(store.database);
    },
    reopen: () => store.reopen(),
    dispose: () => store.dispose(),
  };
}

describe('SqlitePageLinkStore', () => {
  it.each(pageLinkStoreRules)('$name', async ({ check }) => {
    await check(sqliteSubject);
  });
});

describe('the contract of PageLinkStore', () => {
  it('the store that the broken stores derive from follows every rule', async () => {
    expect(await broken(pageLinkStoreRules, () => memoryPageLinkSubject())).toEqual([]);
  });

  it.each(brokenPageLinkStores)(
    'a store that $wrong breaks the rule: $caughtBy',
    async ({ steps, caughtBy }) => {
      const names = await broken(pageLinkStoreRules, () => memoryPageLinkSubject(steps));
      expect(names).toContain(caughtBy);
    },
  );

  it('every rule is broken by at least one store', () => {
    const names = new Set(brokenPageLinkStores.map(({ caughtBy }) => caughtBy));
    expect(pageLinkStoreRules.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  });
});
