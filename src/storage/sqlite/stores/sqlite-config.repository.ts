import { Injectable } from '@nestjs/common';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import type { Connector } from '../../../whatsapp/domain/account.js';
import { AuthStateCorrupt } from '../../../whatsapp/domain/errors.js';
import type { Failure } from '../../../whatsapp/domain/failure.js';
import {
  ConfigRepository,
  type ConnectorUpdate,
  type UnconfirmedLogout,
} from '../../../whatsapp/ports/config.repository.js';
import { AuthStateTable } from './auth-state.table.js';
import { SqliteDatabase } from '../database/sqlite-database.js';
import { asPromise } from '../database/as-promise.js';
import { dateOf, type SqlRow } from '../database/sqlite-statement.js';

/** Connectors with the number of their auth state table. A connector whose link has ended has none. */
const CONNECTORS =
  'SELECT connector.*, account.number FROM connector LEFT JOIN account ON account.id = connector.account_id';

@Injectable()
export class SqliteConfigRepository extends ConfigRepository {
  constructor(private readonly database: SqliteDatabase) {
    super();
  }

  find(accountId: AccountId): Promise<Connector | null> {
    return asPromise(() => this.read(accountId));
  }

  list({ after, limit }: { readonly after: AccountId | null; readonly limit: number }): Promise<Connector[]> {
    return asPromise(() =>
      this.database
        .all(`${CONNECTORS} WHERE account_id > ? ORDER BY account_id LIMIT ?`, [after ?? '', limit])
        .map((row) => this.connector(row)),
    );
  }

  update(accountId: AccountId, update: ConnectorUpdate): Promise<void> {
    return asPromise(() => {
      this.database.transaction(() => {
        const current = this.read(accountId);
        if (!current) return;
        const { confirmedAt, lastConnectedAt, lastError, parked } = { ...current, ...update };
        this.database.run(
          `UPDATE connector SET confirmed_at = ?, last_connected_at = ?,
             error_code = ?, error_message = ?, error_user_action = ?, parked = ?, parked_until = ?
           WHERE account_id = ?`,
          [
            milliseconds(confirmedAt),
            milliseconds(lastConnectedAt),
            lastError?.code ?? null,
            lastError?.message ?? null,
            lastError?.userAction ?? null,
            parked ? 1 : 0,
            milliseconds(parked?.until ?? null),
            accountId,
          ],
        );
      });
    });
  }

  unconfirmedLogouts({
    after,
    limit,
  }: {
    readonly after: AccountId | null;
    readonly limit: number;
  }): Promise<UnconfirmedLogout[]> {
    return asPromise(() =>
      this.database
        .all(
          'SELECT account_id, at FROM unconfirmed_logout WHERE account_id > ? ORDER BY account_id LIMIT ?',
          [after ?? '', limit],
        )
        .map((row) => ({ accountId: row['account_id'] as AccountId, at: new Date(row['at'] as number) })),
    );
  }

  forgetUnconfirmedLogout(accountId: AccountId): Promise<void> {
    return asPromise(() => {
      this.database.transaction(() =>
        this.database.run('DELETE FROM unconfirmed_logout WHERE account_id = ?', [accountId]),
      );
    });
  }

  setting(name: string): Promise<string | null> {
    return asPromise(() => {
      const row = this.database.get('SELECT value FROM setting WHERE name = ?', [name]);
      return row ? (row['value'] as string) : null;
    });
  }

  saveSetting(name: string, value: string): Promise<void> {
    return asPromise(() => {
      this.database.transaction(() => {
        this.database.run(
          'INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
          [name, value],
        );
      });
    });
  }

  /** Returns null for a damaged account, so that the others can be listed. */
  private phone(account: number): string | null {
    try {
      return AuthStateTable.of(this.database, account).phone();
    } catch (error) {
      if (error instanceof AuthStateCorrupt) return null;
      throw error;
    }
  }

  private read(accountId: AccountId): Connector | null {
    const row = this.database.get(`${CONNECTORS} WHERE account_id = ?`, [accountId]);
    return row ? this.connector(row) : null;
  }

  private connector(row: SqlRow): Connector {
    return {
      accountId: row['account_id'] as AccountId,
      phone: typeof row['number'] === 'number' ? this.phone(row['number']) : null,
      linkedAt: new Date(row['linked_at'] as number),
      confirmedAt: dateOf(row['confirmed_at']),
      lastConnectedAt: dateOf(row['last_connected_at']),
      unlinkedAt: dateOf(row['unlinked_at']),
      lastError:
        row['error_code'] === null
          ? null
          : ({
              code: row['error_code'],
              message: row['error_message'],
              userAction: row['error_user_action'],
            } as Failure),
      parked: row['parked'] === 1 ? { until: dateOf(row['parked_until']) } : null,
    };
  }
}

function milliseconds(value: Date | null): number | null {
  return value ? value.getTime() : null;
}
