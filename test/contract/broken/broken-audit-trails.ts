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
    'an entry is what was appended, and has no result yet',
    class extends MemoryAuditTrail {
      override append(call: AuditedCall): Promise<number> {
        return super.append({ ...call, at: new Date(Math.floor(call.at.getTime() / 1000) * 1000) });
      }
    },
  ),
  broken(
    'gives every entry to an account',
    'an entry is what was appended, and has no result yet',
    class extends MemoryAuditTrail {
      override append(call: AuditedCall): Promise<number> {
        return super.append({ ...call, accountId: call.accountId ?? ('default' as AccountId) });
      }
    },
  ),
  broken(
    'gives simultaneous entries one number',
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
    'a result completes its entry and no other, and the first one stays',
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
    'takes the end for the time of an entry',
    'completing changes nothing but the result',
    class extends MemoryAuditTrail {
      override async complete(...args: [number, AuditResult, string | null]): Promise<void> {
        await super.complete(...args);
        this.disk.entries = this.disk.entries.map((entry) => ({ ...entry, at: new Date() }));
      }
    },
  ),
  broken(
    'forgets what a call was about',
    'a subject that is known at the end only is added, and one from the beginning stays',
    class extends MemoryAuditTrail {
      override complete(number: number, result: AuditResult): Promise<void> {
        return super.complete(number, result, null);
      }
    },
  ),
  broken(
    'makes an entry of a result',
    'completing an entry that is not there does nothing',
    class extends MemoryAuditTrail {
      override complete(...args: [number, AuditResult, string | null]): Promise<void> {
        const [latest] = this.disk.entries.slice(-1);
        return super.complete(latest?.number ?? args[0], args[1], args[2]);
      }
    },
  ),
  broken(
    'lists in order of time',
    'pages come the latest first, and stay as they are while entries are added',
    class extends MemoryAuditTrail {
      override async list(page: AuditPage): Promise<AuditEntry[]> {
        const all = await super.list({ ...page, limit: 10_000 });
        return all.sort((a, b) => b.at.getTime() - a.at.getTime()).slice(0, page.limit);
      }
    },
  ),
  broken(
    'counts pages from the latest entry',
    'pages come the latest first, and stay as they are while entries are added',
    class extends MemoryAuditTrail {
      override async list({ before, ...page }: AuditPage): Promise<AuditEntry[]> {
        const all = await super.list({ ...page, before: null, limit: 10_000 });
        const skipped = before === null ? 0 : Math.max(0, 4 - before + 1);
        return all.slice(skipped, skipped + page.limit);
      }
    },
  ),
  broken(
    'folds ids of accounts',
    'a page of an account has its entries and no others',
    class extends MemoryAuditTrail {
      override append(call: AuditedCall): Promise<number> {
        return super.append({ ...call, accountId: (call.accountId?.toLowerCase() ?? null) as never });
      }
    },
  ),
  broken(
    'forgets the moment itself',
    'what is older than a moment is forgotten, and nothing else',
    class extends MemoryAuditTrail {
      override forgetBefore(at: Date): Promise<void> {
        return super.forgetBefore(new Date(at.getTime() + 1));
      }
    },
  ),
  broken(
    'forgets by number',
    'what is older than a moment is forgotten, and nothing else',
    class extends MemoryAuditTrail {
      override async forgetBefore(at: Date): Promise<void> {
        await Promise.resolve();
        const kept = this.disk.entries.findIndex((entry) => entry.at >= at);
        this.disk.entries = kept < 0 ? [] : this.disk.entries.slice(kept);
      }
    },
  ),
  broken(
    'forgets a few at a time',
    'any number of old entries is forgotten at once',
    class extends MemoryAuditTrail {
      override async forgetBefore(at: Date): Promise<void> {
        await Promise.resolve();
        let left = 500;
        this.disk.entries = this.disk.entries.filter((entry) => entry.at >= at || left-- <= 0);
      }
    },
  ),
  broken(
    'counts from what is there',
    'a number is never used again',
    class extends MemoryAuditTrail {
      override append(call: AuditedCall): Promise<number> {
        this.disk.latest = Math.max(0, ...this.disk.entries.map(({ number }) => number));
        return super.append(call);
      }
    },
  ),
  broken(
    'drops at the start what has no result',
    'entries are there after a restart, those without a result, too',
    class extends MemoryAuditTrail {
      constructor(disk: AuditDisk) {
        disk.entries = disk.entries.filter(({ result }) => result !== null);
        super(disk);
      }
    },
  ),
  broken(
    'does not notice that it is full',
    'an entry that does not fit fails and leaves the others',
    class extends MemoryAuditTrail {
      override append(call: AuditedCall): Promise<number> {
        const { by } = call;
        return super.append({ ...call, by: { ...by, name: by.name?.slice(0, 100) ?? null } });
      }
    },
  ),
];
