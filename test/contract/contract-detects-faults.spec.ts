import { describe } from '@jest/globals';
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
import { itDetectsFaults } from './detects-faults.js';
import type { Rule } from './rule.js';
import type { StorageSubject } from './storage-subject.js';

const suites: [string, readonly Rule<StorageSubject>[], readonly BrokenStorage[]][] = [
  ['AuthStateStore', authStateStoreRules, brokenStores],
  ['AuthStateWriter', authStateWriterRules, brokenWriters],
  ['ConfigRepository', configRepositoryRules, brokenConfigs],
  ['erasures', erasureRules, brokenErasures],
];

describe.each(suites)('the contract of %s', (_port, rules, stores) => {
  itDetectsFaults(rules, stores, (store) => MemorySubject.create(store?.steps()));
});
