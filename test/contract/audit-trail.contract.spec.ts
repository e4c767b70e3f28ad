import { describe, it } from '@jest/globals';
import { SqliteAuditTrailStore } from '../../src/storage/sqlite/stores/sqlite-audit-trail.store.js';
import { auditTrailRules, type AuditTrailSubject } from './suites/audit-trail.contract.js';
import { brokenAuditTrails } from './broken/broken-audit-trails.js';
import { memoryAuditTrail } from './memory/memory-audit-trail.js';
import { itDetectsFaults } from './detects-faults.js';
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
  itDetectsFaults(auditTrailRules, brokenAuditTrails, (store) => memoryAuditTrail(store?.make));
});
