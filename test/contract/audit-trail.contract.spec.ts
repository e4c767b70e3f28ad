import { describe, expect, it } from '@jest/globals';
import { SqliteAuditTrailStore } from '../../src/storage/sqlite/stores/sqlite-audit-trail.store.js';
import { auditTrailRules, type AuditTrailSubject } from './suites/audit-trail.contract.js';
import { brokenAuditTrails } from './broken/broken-audit-trails.js';
import { memoryAuditTrail } from './memory/memory-audit-trail.js';
import { broken } from './rule.js';
import { SqliteSubject } from './sqlite-subject.js';

async function sqliteAuditTrail(): Promise<AuditTrailSubject> {
  const store = await SqliteSubject.create();
  const subject = {
    trail: new SqliteAuditTrailStore(store.database),
    reopen: async () => {
      await store.reopen();
      subject.trail = new SqliteAuditTrailStore(store.database);
    },
    whileFull: (work: () => Promise<void>) => store.whileFull(work),
    dispose: () => store.dispose(),
  };
  return subject;
}

describe('SqliteAuditTrailStore', () => {
  it.each(auditTrailRules)('$name', async ({ check }) => {
    await check(sqliteAuditTrail);
  });
});

describe('the contract of AuditTrailStore', () => {
  it('the store that the broken stores derive from follows every rule', async () => {
    expect(await broken(auditTrailRules, () => memoryAuditTrail())).toEqual([]);
  });

  it.each(brokenAuditTrails)('a store that $wrong breaks the rule: $caughtBy', async ({ make, caughtBy }) => {
    expect(await broken(auditTrailRules, () => memoryAuditTrail(make))).toContain(caughtBy);
  });

  it('every rule is broken by at least one store', () => {
    const names = new Set(brokenAuditTrails.map(({ caughtBy }) => caughtBy));
    expect(auditTrailRules.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  });
});
