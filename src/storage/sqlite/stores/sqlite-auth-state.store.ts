import { Injectable } from '@nestjs/common';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import type { AccountLease } from '../../../whatsapp/ports/account-leases.js';
import { AuthStateStore, type AuthStateWriter } from '../../../whatsapp/ports/auth-state.store.js';
import { AuthStateTable } from './auth-state.table.js';
import { SqliteAuthStateWriter } from './sqlite-auth-state.writer.js';
import { SqliteDatabase } from '../database/sqlite-database.js';
import { asPromise } from '../database/as-promise.js';
import { WriterFence } from './writer-fence.js';

@Injectable()
/** Credentials and Signal keys of the accounts in SQLite. */
export class SqliteAuthStateStore extends AuthStateStore {
  private readonly fence = new WriterFence();

  constructor(private readonly database: SqliteDatabase) {
    super();
  }

  load(accountId: AccountId): Promise<Uint8Array | null> {
    return asPromise(() => {
      const row = this.database.get('SELECT number FROM account WHERE id = ? AND has_credentials = 1', [
        accountId,
      ]);
      return row ? AuthStateTable.of(this.database, row['number'] as number).credentials() : null;
    });
  }

  linked({
    after,
    limit,
  }: {
    readonly after: AccountId | null;
    readonly limit: number;
  }): Promise<AccountId[]> {
    return asPromise(() =>
      this.database
        .all('SELECT id FROM account WHERE has_credentials = 1 AND id > ? ORDER BY id LIMIT ?', [
          after ?? '',
          limit,
        ])
        .map((row) => row['id'] as AccountId),
    );
  }

  open(lease: AccountLease): Promise<AuthStateWriter> {
    return asPromise(() => new SqliteAuthStateWriter(this.database, lease, this.fence.enter(lease)));
  }
}
