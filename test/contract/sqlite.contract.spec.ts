import { randomBytes } from 'node:crypto';
import { describe, it } from '@jest/globals';
import { authStateStoreRules } from './suites/auth-state-store.contract.js';
import { authStateWriterRules } from './suites/auth-state-writer.contract.js';
import { configRepositoryRules } from './suites/config-repository.contract.js';
import { erasureRules } from './suites/erasure.contract.js';
import { SqliteSubject } from './sqlite-subject.js';

describe.each([
  ['in readable files', null],
  ['in encrypted files', randomBytes(32)],
])('%s, SqliteAuthStateStore', (_, key) => {
  it.each([...authStateStoreRules, ...authStateWriterRules])('keeps: $name', async ({ check }) => {
    await check(() => SqliteSubject.create(key));
  });
});

describe.each([
  ['in readable files', null],
  ['in encrypted files', randomBytes(32)],
])('%s, SqliteConfigRepository', (_, key) => {
  it.each([...configRepositoryRules, ...erasureRules])('keeps: $name', async ({ check }) => {
    await check(() => SqliteSubject.create(key));
  });
});
