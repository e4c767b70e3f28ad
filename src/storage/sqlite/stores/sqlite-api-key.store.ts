import { Injectable } from '@nestjs/common';
import { type ApiKey, ApiKeyStore } from '../../../security/ports/api-key.store.js';
import type { Scope } from '../../../whatsapp/domain/scope.js';
import { SqliteDatabase } from '../database/sqlite-database.js';
import { asPromise } from '../database/as-promise.js';
import { dateOf, type SqlRow, type SqlValue } from '../database/sqlite-statement.js';

@Injectable()
export class SqliteApiKeyStore extends ApiKeyStore {
  constructor(private readonly database: SqliteDatabase) {
    super();
  }

  list(): Promise<ApiKey[]> {
    return asPromise(() => this.database.all('SELECT * FROM api_key ORDER BY number').map(keyOf));
  }

  add({
    id,
    name,
    hash,
    scopes,
    accounts,
    createdAt,
    expiresAt,
    lastUsedAt,
    revokedAt,
  }: ApiKey): Promise<void> {
    return asPromise(() => {
      this.database.transaction(
        () =>
          this.database.run(
            `INSERT INTO api_key (id, name, hash, scopes, accounts, created_at, expires_at, last_used_at, revoked_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
            [
              id,
              name,
              hash,
              scopes.join(' '),
              accounts?.join(' ') ?? null,
              createdAt.getTime(),
              expiresAt?.getTime() ?? null,
              lastUsedAt?.getTime() ?? null,
              revokedAt?.getTime() ?? null,
            ],
          ),
        { powerSafe: true },
      );
    });
  }

  revoke(id: string, at: Date): Promise<void> {
    return asPromise(() => {
      this.database.transaction(
        () =>
          this.database.run('UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', [
            at.getTime(),
            id,
          ]),
        { powerSafe: true },
      );
    });
  }

  noteUse(id: string, at: Date): Promise<void> {
    return asPromise(() => {
      this.database.transaction(() =>
        this.database.run(
          'UPDATE api_key SET last_used_at = max(coalesce(last_used_at, ?), ?) WHERE id = ?',
          [at.getTime(), at.getTime(), id],
        ),
      );
    });
  }
}

function keyOf(row: SqlRow): ApiKey {
  return {
    id: row['id'] as string,
    name: row['name'] as string,
    hash: row['hash'] as string,
    scopes: words(row['scopes']) as Scope[],
    accounts: row['accounts'] === null ? null : words(row['accounts']),
    createdAt: new Date(row['created_at'] as number),
    expiresAt: dateOf(row['expires_at']),
    lastUsedAt: dateOf(row['last_used_at']),
    revokedAt: dateOf(row['revoked_at']),
  };
}

/** Splits a list of scopes or account ids, which never contain spaces. */
function words(value: SqlValue | undefined): string[] {
  return (value as string).split(' ').filter((word) => word !== '');
}
