import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { type Access, canAccess } from '../access/access.js';
import { type AuditEntry, type AuditPage, AuditTrailStore } from '../ports/audit-trail.store.js';

/** Entries that one query of a restricted reader reads. The event loop runs between the queries. */
const BATCH_SIZE = 500;
/** Maximum queries for one page, so that a reader who may see few of many entries does not delay other requests. */
const MAX_BATCHES = 10;

export interface AuditExtract {
  /** Latest first. A restricted reader can receive few entries, or none, although more follow. */
  readonly entries: readonly AuditEntry[];
  /** `before` of the next page; null: this is the last page. */
  readonly next: number | null;
}

/** Pages of the audit trail, limited to the accounts that the reader may access. */
@Injectable()
export class AuditTrail {
  constructor(private readonly trail: AuditTrailStore) {}

  /**
   * Reads one page. A reader that is restricted to some accounts receives only entries about these accounts.
   * @throws StorageFailed
   */
  async read(access: Access, { limit, ...page }: AuditPage): Promise<AuditExtract> {
    const accountId = page.accountId ?? onlyAccountOf(access);
    // One entry more than requested shows whether there is a next page.
    const size = access.accounts === null ? limit + 1 : Math.max(limit + 1, BATCH_SIZE);
    const entries: AuditEntry[] = [];
    let { before } = page;
    let isEnd = false;
    for (let batch = 0; batch < MAX_BATCHES && !isEnd && entries.length <= limit; batch++) {
      if (batch > 0) await setImmediate();
      const some = await this.trail.list({ before, limit: size, accountId });
      entries.push(...some.filter((entry) => canRead(access, entry)));
      before = some.at(-1)?.number ?? before;
      isEnd = some.length < size;
    }
    const onward = isEnd ? null : before;
    const next = entries.length > limit ? (entries[limit - 1]?.number ?? null) : onward;
    return { entries: entries.slice(0, limit), next };
  }
}

function canRead(access: Access, { accountId }: AuditEntry): boolean {
  return access.accounts === null || (accountId !== null && canAccess(access, accountId));
}

function onlyAccountOf({ accounts }: Access): AccountId | null {
  const [only, ...others] = accounts ?? [];
  return only === undefined || others.length > 0 || only.endsWith('*') ? null : (only as AccountId);
}
