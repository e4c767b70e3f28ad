import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import type {
  AuditEntry,
  AuditPage,
  AuditResult,
  AuditTrailStore,
  AuditedCall,
} from '../../../src/security/ports/audit-trail.store.js';
import { type AuditDisk, MemoryAuditTrail } from '../memory/memory-audit-trail.js';

export interface BrokenAuditTrail {
  readonly wrong: string;
  readonly caughtBy: string;
  readonly make: (disk: AuditDisk) => AuditTrailStore;
}

function broken(
  wrong: string,
  caughtBy: string,
  trail: new (disk: AuditDisk) => AuditTrailStore,
): BrokenAuditTrail {
  return { wrong, caughtBy, make: (disk) => new trail(disk) };
}

/** Each has one fault, and names the rule that must detect it. */
export const brokenAuditTrails: readonly BrokenAuditTrail[] = [
  broken(
    'rounds times to seconds',
    'an entry is listed as it was appended, without a result',
    class extends MemoryAuditTrail {
      override append(call: AuditedCall): Promise<number> {
        return super.append({ ...call, at: new Date(Math.floor(call.at.getTime() / 1000) * 1000) });
      }
    },
  ),
  broken(
    'assigns every entry to an account',
    'an entry is listed as it was appended, without a result',
    class extends MemoryAuditTrail {
      override append(call: AuditedCall): Promise<number> {
        return super.append({ ...call, accountId: call.accountId ?? ('default' as AccountId) });
      }
    },
  ),
  broken(
    'gives simultaneous entries the same number',
    'simultaneous entries are in the order of their calls',
    class extends MemoryAuditTrail {
      override async append(call: AuditedCall): Promise<number> {
        const number = this.disk.latest + 1;
        await Promise.resolve();
        this.disk.latest = number;
        this.disk.entries.push({ number, ...call, result: null });
        return number;
      }
    },
  ),
  broken(
    'keeps the last result',
    'a result completes only its entry, and the first result stays',
    class extends MemoryAuditTrail {
      override async complete(number: number, result: AuditResult): Promise<void> {
        await Promise.resolve();
        const change = (entry: AuditEntry): AuditEntry =>
          entry.number === number ? { ...entry, result } : entry;
        this.disk.entries = this.disk.entries.map(change);
      }
    },
  ),
  broken(
    'replaces the time of an entry with its end',
    'completing an entry changes only its result',
    class extends MemoryAuditTrail {
      override async complete(...args: [number, AuditResult, string | null]): Promise<void> {
        await super.complete(...args);
        this.disk.entries = this.disk.entries.map((entry) => ({ ...entry, at: new Date() }));
      }
    },
  ),
  broken(
    'loses the subject of a call',
    'completing an entry adds a missing subject and keeps an existing one',
    class extends MemoryAuditTrail {
      override complete(number: number, result: AuditResult): Promise<void> {
        return super.complete(number, result, null);
      }
    },
  ),
  broken(
    'completes the latest entry instead of an unknown one',
    'completing an unknown entry does nothing',
    class extends MemoryAuditTrail {
      override complete(...args: [number, AuditResult, string | null]): Promise<void> {
        const [latest] = this.disk.entries.slice(-1);
        return super.complete(latest?.number ?? args[0], args[1], args[2]);
      }
    },
  ),
  broken(
    'lists in the order of times',
    'pages list the latest entries first, and do not shift when entries are added',
    class extends MemoryAuditTrail {
      override async list(page: AuditPage): Promise<AuditEntry[]> {
        const all = await super.list({ ...page, limit: 10_000 });
        return all.sort((a, b) => b.at.getTime() - a.at.getTime()).slice(0, page.limit);
      }
    },
  ),
  broken(
    'counts pages from the latest entry',
    'pages list the latest entries first, and do not shift when entries are added',
    class extends MemoryAuditTrail {
      override async list({ before, ...page }: AuditPage): Promise<AuditEntry[]> {
        const all = await super.list({ ...page, before: null, limit: 10_000 });
        const skipped = before === null ? 0 : Math.max(0, 4 - before + 1);
        return all.slice(skipped, skipped + page.limit);
      }
    },
  ),
  broken(
    'ignores the case of account ids',
    'a page of an account has only entries of that account',
    class extends MemoryAuditTrail {
      override append(call: AuditedCall): Promise<number> {
        return super.append({ ...call, accountId: (call.accountId?.toLowerCase() ?? null) as never });
      }
    },
  ),
  broken(
    'removes the entry at the given time',
    'forgetBefore removes exactly the entries that are older than the given time',
    class extends MemoryAuditTrail {
      override forgetBefore(at: Date): Promise<void> {
        return super.forgetBefore(new Date(at.getTime() + 1));
      }
    },
  ),
  broken(
    'removes entries by their number',
    'forgetBefore removes exactly the entries that are older than the given time',
    class extends MemoryAuditTrail {
      override async forgetBefore(at: Date): Promise<void> {
        await Promise.resolve();
        const kept = this.disk.entries.findIndex((entry) => entry.at >= at);
        this.disk.entries = kept < 0 ? [] : this.disk.entries.slice(kept);
      }
    },
  ),
  broken(
    'removes only some entries at a time',
    'forgetBefore removes any number of entries',
    class extends MemoryAuditTrail {
      override async forgetBefore(at: Date): Promise<void> {
        await Promise.resolve();
        let left = 500;
        this.disk.entries = this.disk.entries.filter((entry) => entry.at >= at || left-- <= 0);
      }
    },
  ),
  broken(
    'numbers entries from the largest present number',
    'a number is never used again',
    class extends MemoryAuditTrail {
      override append(call: AuditedCall): Promise<number> {
        this.disk.latest = Math.max(0, ...this.disk.entries.map(({ number }) => number));
        return super.append(call);
      }
    },
  ),
  broken(
    'drops entries without a result at the start',
    'entries are kept over a restart, also without a result',
    class extends MemoryAuditTrail {
      constructor(disk: AuditDisk) {
        disk.entries = disk.entries.filter(({ result }) => result !== null);
        super(disk);
      }
    },
  ),
  broken(
    'cuts an entry that does not fit',
    'an entry that does not fit fails, and the others stay',
    class extends MemoryAuditTrail {
      override append(call: AuditedCall): Promise<number> {
        const { by } = call;
        return super.append({ ...call, by: { ...by, name: by.name?.slice(0, 100) ?? null } });
      }
    },
  ),
];
