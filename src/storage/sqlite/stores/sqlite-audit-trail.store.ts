import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Identity } from '../../../security/access/identity.js';
import {
  AuditTrailStore,
  type AuditEntry,
  type AuditPage,
  type AuditResult,
  type AuditedAction,
  type AuditedCall,
} from '../../../security/ports/audit-trail.store.js';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import { SqliteDatabase } from '../database/sqlite-database.js';
import { asPromise } from '../database/as-promise.js';
import type { SqlRow } from '../database/sqlite-statement.js';

/** The number of entries of one deletion, which takes a few milliseconds. Other work runs between two deletions. */
const BATCH_SIZE = 1_000;

@Injectable()
export class SqliteAuditTrailStore extends AuditTrailStore {
  constructor(private readonly database: SqliteDatabase) {
    super();
  }

  append({ at, by, action, accountId, subject, address }: AuditedCall): Promise<number> {
    return asPromise(() =>
      this.database.transaction(
        () =>
          this.database.get(
            `INSERT INTO audit_entry (at, by_kind, by_id, by_name, action, account_id, subject, address)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
            [at.getTime(), by.kind, by.id, by.name, action, accountId, subject, address],
          )?.['number'] as number,
        { powerSafe: true },
      ),
    );
  }

  complete(number: number, result: AuditResult, subject: string | null): Promise<void> {
    return asPromise(() => {
      this.database.transaction(() =>
        this.database.run(
          `UPDATE audit_entry SET result = ?, subject = coalesce(subject, ?)
           WHERE number = ? AND result IS NULL`,
          [result, subject, number],
        ),
      );
    });
  }

  list({ before, limit, accountId }: AuditPage): Promise<AuditEntry[]> {
    const ofAccount = accountId === null ? '' : 'account_id = ? AND';
    const values = [...(accountId === null ? [] : [accountId]), before ?? Number.MAX_SAFE_INTEGER, limit];
    return asPromise(() =>
      this.database
        .all(`SELECT * FROM audit_entry WHERE ${ofAccount} number < ? ORDER BY number DESC LIMIT ?`, values)
        .map(entryFrom),
    );
  }

  async forgetBefore(at: Date): Promise<void> {
    const forget = (): number =>
      this.database.transaction(() =>
        this.database.run(
          `DELETE FROM audit_entry WHERE number IN
             (SELECT number FROM audit_entry WHERE at < ? ORDER BY at LIMIT ?)`,
          [at.getTime(), BATCH_SIZE],
        ),
      );
    while ((await asPromise(forget)) === BATCH_SIZE) await setImmediate();
  }
}

function entryFrom(row: SqlRow): AuditEntry {
  return {
    number: row['number'] as number,
    at: new Date(row['at'] as number),
    by: {
      kind: row['by_kind'] as Identity['kind'],
      id: row['by_id'] as string | null,
      name: row['by_name'] as string | null,
    },
    action: row['action'] as AuditedAction,
    accountId: row['account_id'] as AccountId | null,
    subject: row['subject'] as string | null,
    address: row['address'] as string | null,
    result: row['result'] as AuditResult | null,
  };
}
