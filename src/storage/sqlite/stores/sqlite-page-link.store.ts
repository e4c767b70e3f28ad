import { Injectable } from '@nestjs/common';
import { type PageLink, type PageLinkEnd, PageLinkStore } from '../../../security/ports/page-link.store.js';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import type { PhoneNumber } from '../../../whatsapp/domain/phone-number.js';
import { asPromise } from '../database/as-promise.js';
import { SqliteDatabase } from '../database/sqlite-database.js';
import type { SqlRow } from '../database/sqlite-statement.js';

const OVER_BEFORE = 'coalesce(ended_at, expires_at) < ?';

@Injectable()
export class SqlitePageLinkStore extends PageLinkStore {
  constructor(private readonly database: SqliteDatabase) {
    super();
  }

  list(): Promise<readonly PageLink[]> {
    return asPromise(() => this.database.all('SELECT * FROM page_link ORDER BY number').map(linkOf));
  }

  add(link: PageLink): Promise<void> {
    return this.write(
      `INSERT INTO page_link
         (id, account_id, hash, expected_phone, return_url, created_by, created_at, expires_at, ended_as, ended_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        link.id,
        link.accountId,
        link.hash,
        link.expectedPhone,
        link.returnUrl,
        link.createdBy,
        link.createdAt.getTime(),
        link.expiresAt.getTime(),
        link.ended?.as ?? null,
        link.ended?.at.getTime() ?? null,
      ],
    );
  }

  end(id: string, as: PageLinkEnd, at: Date): Promise<void> {
    return this.write('UPDATE page_link SET ended_as = ?, ended_at = ? WHERE id = ? AND ended_as IS NULL', [
      as,
      at.getTime(),
      id,
    ]);
  }

  /**
   * Links hold phone numbers, so the deleted ones must not stay in the files. The whole table is emptied, and the
   * remaining rows are inserted again. MIGRATIONS explains why deleting single rows would leave bytes behind.
   */
  forgetBefore(at: Date): Promise<void> {
    return asPromise(() => {
      this.database.erase(() => {
        const before = [at.getTime()];
        if (!this.database.get(`SELECT 1 FROM page_link WHERE ${OVER_BEFORE} LIMIT 1`, before)) return false;
        this.database.run(
          `CREATE TEMP TABLE kept_link AS SELECT * FROM page_link WHERE NOT ${OVER_BEFORE}`,
          before,
        );
        this.database.script(
          'DELETE FROM page_link; INSERT INTO page_link SELECT * FROM kept_link; DROP TABLE kept_link',
        );
        return true;
      });
    });
  }

  /** Power-safe, because a client relies on the answer that a link is revoked. */
  private write(sql: string, values: (string | number | null)[]): Promise<void> {
    return asPromise(() => {
      this.database.transaction(() => this.database.run(sql, values), { powerSafe: true });
    });
  }
}

function linkOf(row: SqlRow): PageLink {
  return {
    id: row['id'] as string,
    accountId: row['account_id'] as AccountId,
    hash: row['hash'] as string,
    expectedPhone: row['expected_phone'] as PhoneNumber | null,
    returnUrl: row['return_url'] as string | null,
    createdBy: row['created_by'] as string | null,
    createdAt: new Date(row['created_at'] as number),
    expiresAt: new Date(row['expires_at'] as number),
    ended:
      row['ended_as'] === null
        ? null
        : { as: row['ended_as'] as PageLinkEnd, at: new Date(row['ended_at'] as number) },
  };
}
