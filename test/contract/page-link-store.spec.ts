import { describe, it } from '@jest/globals';
import { SqlitePageLinkStore } from '../../src/storage/sqlite/stores/sqlite-page-link.store.js';
import { brokenPageLinkStores } from './broken/broken-page-links.js';
import { memoryPageLinkSubject } from './memory/memory-page-links.js';
import { pageLinkStoreRules } from './suites/page-link-store.contract.js';
import type { PageLinkSubject } from './suites/page-link-store.contract.js';
import { itDetectsFaults } from './detects-faults.js';
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
  itDetectsFaults(pageLinkStoreRules, brokenPageLinkStores, (store) => memoryPageLinkSubject(store?.steps));
});
