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
  it.each(apiKeyStoreRules)('$name', async ({ check }) => {
    await check(sqliteSubject);
  });
});

describe('the contract of ApiKeyStore', () => {
  it('the store that the broken stores derive from follows every rule', async () => {
    expect(await broken(apiKeyStoreRules, () => memoryApiKeySubject())).toEqual([]);
  });

  it.each(brokenApiKeyStores)(
    'a store that $wrong breaks the rule: $caughtBy',
    async ({ steps, caughtBy }) => {
      const names = await broken(apiKeyStoreRules, () => memoryApiKeySubject(steps));
      expect(names).toContain(caughtBy);
    },
  );

  it('every rule is broken by at least one store', () => {
    const names = new Set(brokenApiKeyStores.map(({ caughtBy }) => caughtBy));
    expect(apiKeyStoreRules.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  });
});
