import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { canAccess } from '../access/access.js';
import type { Access } from '../access/access.js';
import { AuditTrailStore } from '../ports/audit-trail.store.js';
import type { AuditEntry, AuditPage } from '../ports/audit-trail.store.js';

/** So many entries are looked through at a time for those that a reader may see; the event loop turns in between. */
const LOOKED_THROUGH_AT_A_TIME = 500;
/** And so often for one page: who may see few among millions asks again, and does not keep everybody else waiting. */
const TIMES_A_PAGE = 10;

export interface AuditExtract {
  /** The latest first. To a restricted reader these can be few, or none, though there are more. */
  readonly entries: readonly AuditEntry[];
  /** `before` of the next page; null: there are no more. */
  readonly next: number | null;
}

/** Who did what, as far as the reader may know. */
@Injectable()
export class AuditTrail {
  constructor(private readonly trail: AuditTrailStore) {}

  /**
   * A reader that is restricted to some accounts sees what is about them, and nothing that is about no account.
   * @throws StorageFailed
   */
  async read({ limit, ...page }: AuditPage, access: Access): Promise<AuditExtract> {
    const accountId = page.accountId ?? onlyAccountOf(access);
    // One more than asked for tells whether there is a next page.
    const size = access.accounts === null ? limit + 1 : Math.max(limit + 1, LOOKED_THROUGH_AT_A_TIME);
    const entries: AuditEntry[] = [];
    let { before } = page;
    let isEnd = false;
    for (let time = 0; time < TIMES_A_PAGE && !isEnd && entries.length <= limit; time++) {
      if (time > 0) await setImmediate();
      const some = await this.trail.list({ before, limit: size, accountId });
      entries.push(...some.filter((entry) => isFor(access, entry)));
      before = some.at(-1)?.number ?? before;
      isEnd = some.length < size;
    }
    const onward = isEnd ? null : before;
    const next = entries.length > limit ? (entries[limit - 1]?.number ?? null) : onward;
    return { entries: entries.slice(0, limit), next };
  }
}

function isFor(access: Access, { accountId }: AuditEntry): boolean {
  return access.accounts === null || (accountId !== null && canAccess(access, accountId));
}

function onlyAccountOf({ accounts }: Access): AccountId | null {
  const [only, ...others] = accounts ?? [];
  return only === undefined || others.length > 0 || only.endsWith('*') ? null : (only as AccountId);
}
