import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { mayUse } from '../domain/access.js';
import type { Access } from '../domain/access.js';
import { AuditTrailStore } from '../ports/audit-trail.store.js';
import type { AuditEntry, AuditPage } from '../ports/audit-trail.store.js';

/** So many entries are looked through at a time for those that a reader may see; the event loop turns in between. */
const LOOKED_THROUGH_AT_A_TIME = 500;

export interface AuditExtract {
  /** The latest first. */
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
    for (;;) {
      const some = await this.trail.list({ before, limit: size, accountId });
      entries.push(...some.filter((entry) => isFor(access, entry)));
      if (entries.length > limit || some.length < size) break;
      before = some.at(-1)?.number ?? before;
      await setImmediate();
    }
    const next = entries.length > limit ? (entries[limit - 1]?.number ?? null) : null;
    return { entries: entries.slice(0, limit), next };
  }
}

function isFor(access: Access, { accountId }: AuditEntry): boolean {
  return access.accounts === null || (accountId !== null && mayUse(access, accountId));
}

function onlyAccountOf({ accounts }: Access): AccountId | null {
  const [only, ...others] = accounts ?? [];
  return only === undefined || others.length > 0 || only.endsWith('*') ? null : (only as AccountId);
}
