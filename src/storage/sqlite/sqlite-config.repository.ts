import type { AccountId } from '../../whatsapp/domain/account-id.js';
import type { Connector } from '../../whatsapp/domain/connector.js';
import type { Failure } from '../../whatsapp/domain/failure.js';
import { ConfigRepository, type ConnectorUpdate } from '../../whatsapp/ports/config.repository.js';
import { AuthStateTable } from './auth-state.table.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { settled } from './settled.js';
import type { SqlRow, SqlValue } from './sqlite-statement.js';

const CONNECTORS =
  'SELECT account.id, connector.* FROM connector JOIN account ON account.number = connector.account';

export class SqliteConfigRepository extends ConfigRepository {
  constructor(private readonly database: SqliteDatabase) {
    super();
  }

  find(accountId: AccountId): Promise<Connector | null> {
    return settled(() => this.#find(accountId));
  }

  list({ after, limit }: { readonly after: AccountId | null; readonly limit: number }): Promise<Connector[]> {
    return settled(() =>
      this.database
        .all(`${CONNECTORS} WHERE account.id > ? ORDER BY account.id LIMIT ?`, [after ?? '', limit])
        .map((row) => this.#connector(row)),
    );
  }

  update(accountId: AccountId, update: ConnectorUpdate): Promise<void> {
    return settled(() => {
      this.database.transaction(() => {
        const current = this.#find(accountId);
        if (!current) return;
        const { confirmedAt, lastConnectedAt, lastError, parked } = { ...current, ...update };
        this.database.run(
          `UPDATE connector SET confirmed_at = ?, last_connected_at = ?,
             error_code = ?, error_message = ?, error_user_action = ?, parked = ?, parked_until = ?
           WHERE account = (SELECT number FROM account WHERE id = ?)`,
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

  setting(name: string): Promise<string | null> {
    return settled(() => {
      const row = this.database.get('SELECT value FROM setting WHERE name = ?', [name]);
      return row ? (row['value'] as string) : null;
    });
  }

  saveSetting(name: string, value: string): Promise<void> {
    return settled(() => {
      this.database.transaction(() => {
        this.database.run(
          'INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
          [name, value],
        );
      });
    });
  }

  #find(accountId: AccountId): Connector | null {
    const row = this.database.get(`${CONNECTORS} WHERE account.id = ?`, [accountId]);
    return row ? this.#connector(row) : null;
  }

  #connector(row: SqlRow): Connector {
    return {
      accountId: row['id'] as AccountId,
      phone: AuthStateTable.of(this.database, row['account'] as number).phone(),
      linkedAt: new Date(row['linked_at'] as number),
      confirmedAt: date(row['confirmed_at']),
      lastConnectedAt: date(row['last_connected_at']),
      lastError:
        row['error_code'] === null
          ? null
          : ({
              code: row['error_code'],
              message: row['error_message'],
              userAction: row['error_user_action'],
            } as Failure),
      parked: row['parked'] === 1 ? { until: date(row['parked_until']) } : null,
    };
  }
}

function milliseconds(value: Date | null): number | null {
  return value ? value.getTime() : null;
}

function date(value: SqlValue | undefined): Date | null {
  return typeof value === 'number' ? new Date(value) : null;
}
