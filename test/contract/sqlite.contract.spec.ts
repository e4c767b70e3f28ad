import { randomBytes } from 'node:crypto';
import { describe, it } from '@jest/globals';
import { authStateStoreRules } from './auth-state-store.contract.js';
import { authStateWriterRules } from './auth-state-writer.contract.js';
import { configRepositoryRules } from './config-repository.contract.js';
import { remainsRules } from './remains.contract.js';
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
  it.each([...configRepositoryRules, ...remainsRules])('keeps: $name', async ({ check }) => {
    await check(() => SqliteSubject.create(key));
  });
});
