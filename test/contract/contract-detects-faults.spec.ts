import { describe, expect, it } from '@jest/globals';
import { authStateStoreRules } from './suites/auth-state-store.contract.js';
import { authStateWriterRules } from './suites/auth-state-writer.contract.js';
import { brokenConfigs } from './broken/broken-configs.js';
import { brokenErasures } from './broken/broken-erasures.js';
import type { BrokenStorage } from './broken/broken-storage.js';
import { brokenStores } from './broken/broken-stores.js';
import { brokenWriters } from './broken/broken-writers.js';
import { configRepositoryRules } from './suites/config-repository.contract.js';
import { MemorySubject } from './memory/memory-storage.js';
import { erasureRules } from './suites/erasure.contract.js';
import { broken, type Rule } from './rule.js';
import type { StorageSubject } from './storage-subject.js';

const suites: [string, readonly Rule<StorageSubject>[], readonly BrokenStorage[]][] = [
  ['AuthStateStore', authStateStoreRules, brokenStores],
  ['AuthStateWriter', authStateWriterRules, brokenWriters],
  ['ConfigRepository', configRepositoryRules, brokenConfigs],
  ['erasures', erasureRules, brokenErasures],
];

describe.each(suites)('the contract of %s', (_port, rules, stores) => {
  it('the store that the broken stores derive from follows every rule', async () => {
    expect(await broken(rules, () => MemorySubject.create())).toEqual([]);
  });

  it.each(stores)('a store that $wrong breaks the rule: $caughtBy', async ({ steps, caughtBy }) => {
    expect(await broken(rules, () => MemorySubject.create(steps()))).toContain(caughtBy);
  });

  it('every rule is broken by at least one store', () => {
    const names = new Set(stores.map(({ caughtBy }) => caughtBy));
    expect(rules.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  });
});
