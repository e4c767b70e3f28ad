import { describe, expect, it } from '@jest/globals';
import { SqliteApiKeyStore } from '../../src/storage/sqlite/stores/sqlite-api-key.store.js';
import { apiKeyStoreRules } from './suites/api-key-store.contract.js';
import type { ApiKeySubject } from './suites/api-key-store.contract.js';
import { brokenApiKeyStores } from './broken/broken-api-keys.js';
import { MemoryApiKeySubject } from './memory/memory-api-keys.js';
import { broken } from './rule.js';
import { SqliteSubject } from './sqlite-subject.js';

class SqliteApiKeySubject implements ApiKeySubject {
  private constructor(private readonly store: SqliteSubject) {}

  static async create(): Promise<SqliteApiKeySubject> {
    return new SqliteApiKeySubject(await SqliteSubject.create());
  }

  get keys(): SqliteApiKeyStore {
    return new SqliteApiKeyStore(this.store.database);
  }

  reopen(): Promise<void> {
    return this.store.reopen();
  }

  dispose(): Promise<void> {
    return this.store.dispose();
  }
}

describe('SqliteApiKeyStore', () => {
  it.each(apiKeyStoreRules)('$name', async ({ check }) => {
    await check(() => SqliteApiKeySubject.create());
  });
});

describe('the contract of ApiKeyStore', () => {
  it('the store that the broken stores derive from follows every rule', async () => {
    expect(await broken(apiKeyStoreRules, () => MemoryApiKeySubject.create())).toEqual([]);
  });

  it.each(brokenApiKeyStores)(
    'a store that $wrong breaks the rule: $caughtBy',
    async ({ steps, caughtBy }) => {
      const names = await broken(apiKeyStoreRules, () => MemoryApiKeySubject.create(steps));
      expect(names).toContain(caughtBy);
    },
  );

  it('every rule is broken by at least one store', () => {
    const names = new Set(brokenApiKeyStores.map(({ caughtBy }) => caughtBy));
    expect(apiKeyStoreRules.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  });
});
