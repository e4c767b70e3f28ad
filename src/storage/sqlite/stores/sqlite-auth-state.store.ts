import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import type { Hold } from '../../../whatsapp/ports/account-ownership.js';
import { AuthStateStore, type AuthStateWriter } from '../../../whatsapp/ports/auth-state.store.js';
import { AuthStateTable } from './auth-state.table.js';
import { SqliteAuthStateWriter } from './sqlite-auth-state.writer.js';
import type { SqliteDatabase } from '../database/sqlite-database.js';
import { settled } from '../database/settled.js';
import { WriterFence } from './writer-fence.js';

export class SqliteAuthStateStore extends AuthStateStore {
  readonly #fence = new WriterFence();

  constructor(private readonly database: SqliteDatabase) {
    super();
  }

  load(accountId: AccountId): Promise<Uint8Array | null> {
    return settled(() => {
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
    return settled(() =>
      this.database
        .all('SELECT id FROM account WHERE has_credentials = 1 AND id > ? ORDER BY id LIMIT ?', [
          after ?? '',
          limit,
        ])
        .map((row) => row['id'] as AccountId),
    );
  }

  open(hold: Hold): Promise<AuthStateWriter> {
    return settled(() => new SqliteAuthStateWriter(this.database, hold, this.#fence.enter(hold)));
  }
}
