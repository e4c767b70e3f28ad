import { describe, it } from '@jest/globals';
import { SqliteApiKeyStore } from '../../src/storage/sqlite/stores/sqlite-api-key.store.js';
import { apiKeyStoreRules } from './suites/api-key-store.contract.js';
import type { ApiKeySubject } from './suites/api-key-store.contract.js';
import { brokenApiKeyStores } from './broken/broken-api-keys.js';
import { memoryApiKeySubject } from './memory/memory-api-keys.js';
import { itDetectsFaults } from './detects-faults.js';
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
  itDetectsFaults(apiKeyStoreRules, brokenApiKeyStores, (store) => memoryApiKeySubject(store?.steps));
});
