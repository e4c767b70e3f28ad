import { AuditTrailStore } from '../../../src/security/ports/audit-trail.store.js';
import type {
  AuditEntry,
  AuditPage,
  AuditResult,
  AuditedCall,
} from '../../../src/security/ports/audit-trail.store.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import type { AuditTrailSubject } from '../suites/audit-trail.contract.js';

const LARGE = 10_240;

export interface AuditDisk {
  entries: AuditEntry[];
  latest: number;
  full: boolean;
}

/** An `AuditTrailStore` in memory. It is asynchronous, like a store behind a network. */
export class MemoryAuditTrail extends AuditTrailStore {
  constructor(protected readonly disk: AuditDisk) {
    super();
  }

  async append(call: AuditedCall): Promise<number> {
    const number = ++this.disk.latest;
    await Promise.resolve();
    if (this.disk.full && JSON.stringify(call).length > LARGE) throw new StorageFailed();
    this.disk.entries.push({ number, ...call, result: null });
    return number;
  }

  async complete(number: number, result: AuditResult, subject: string | null): Promise<void> {
    await Promise.resolve();
    this.disk.entries = this.disk.entries.map((entry) =>
      entry.number === number && entry.result === null
        ? { ...entry, result, subject: entry.subject ?? subject }
        : entry,
    );
  }

  async list({ before, limit, accountId }: AuditPage): Promise<AuditEntry[]> {
    await Promise.resolve();
    return this.disk.entries
      .filter((entry) => accountId === null || entry.accountId === accountId)
      .filter((entry) => before === null || entry.number < before)
      .sort((a, b) => b.number - a.number)
      .slice(0, limit);
  }

  async forgetBefore(at: Date): Promise<void> {
    await Promise.resolve();
    this.disk.entries = this.disk.entries.filter((entry) => entry.at >= at);
  }
}

/** @param make creates the store, also after a restart */
export function memoryAuditTrail(
  make: (disk: AuditDisk) => AuditTrailStore = (disk) => new MemoryAuditTrail(disk),
): Promise<AuditTrailSubject> {
  const disk: AuditDisk = { entries: [], latest: 0, full: false };
  const subject = {
    trail: make(disk),
    reopen: () => {
      subject.trail = make(disk);
      return Promise.resolve();
    },
    whileFull: async (work: () => Promise<void>) => {
      disk.full = true;
      await work();
      disk.full = false;
    },
    dispose: () => Promise.resolve(),
  };
  return Promise.resolve(subject);
}
