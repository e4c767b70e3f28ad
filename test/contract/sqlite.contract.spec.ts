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
])('SqliteAuthStateStore %s', (_, key) => {
  it.each([...authStateStoreRules, ...authStateWriterRules])('$name', async ({ check }) => {
    await check(() => SqliteSubject.create(key));
  });
});

describe.each([
  ['in readable files', null],
  ['in encrypted files', randomBytes(32)],
])('SqliteConfigRepository %s', (_, key) => {
  it.each([...configRepositoryRules, ...erasureRules])('$name', async ({ check }) => {
    await check(() => SqliteSubject.create(key));
  });
});
