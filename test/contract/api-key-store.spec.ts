import { describe, expect, it } from '@jest/globals';
import { SqliteApiKeyStore } from '../../src/storage/sqlite/stores/sqlite-api-key.store.js';
import { apiKeyStoreRules } from './suites/api-key-store.contract.js';
import type { ApiKeySubject } from './suites/api-key-store.contract.js';
import { brokenApiKeyStores } from './broken/broken-api-keys.js';
import { memoryApiKeySubject } from './memory/memory-api-keys.js';
import { broken } from './rule.js';
import { SqliteSubject } from './sqlite-subject.js';

async function sqliteSubject(): Promise<ApiKeySubject> {
  const store = await SqliteSubject.create();
  return {
    get keys() {
      return new SqliteApiKeyStore(store.database);
    },
    reopen: () => store.reopen(),
    dispose: () => store.dispose(),
  };
}

describe('SqliteApiKeyStore', () => {
  it.each(apiKeyStoreRules)('keeps: $name', async ({ check }) => {
    await check(sqliteSubject);
  });
});

describe('the contract of ApiKeyStore', () => {
  it('is kept by the store that the broken ones are made of', async () => {
    expect(await broken(apiKeyStoreRules, () => memoryApiKeySubject())).toEqual([]);
  });

  it.each(brokenApiKeyStores)('notices a store that $wrong: $caughtBy', async ({ steps, caughtBy }) => {
    const names = await broken(apiKeyStoreRules, () => memoryApiKeySubject(steps));
    expect(names).toContain(caughtBy);
  });

  it('has no rule that nothing breaks', () => {
    const names = new Set(brokenApiKeyStores.map(({ caughtBy }) => caughtBy));
    expect(apiKeyStoreRules.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  });
});
