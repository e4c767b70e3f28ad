import { AttemptOver } from '../../../whatsapp/domain/errors.js';
import type { ErasureRecord } from '../../../whatsapp/domain/account.js';
import type { AccountLease } from '../../../whatsapp/ports/account-leases.js';
import { type AuthStateChange, AuthStateWriter } from '../../../whatsapp/ports/auth-state.store.js';
import { AuthStateTable } from './auth-state.table.js';
import { saveAcceptance, saveRemains } from './saved-config.tables.js';
import { asPromise } from '../database/as-promise.js';
import { isDamage } from '../database/sqlite-database.errors.js';
import type { SqliteDatabase } from '../database/sqlite-database.js';
import type { WriterToken } from './writer-fence.js';

/** Every call has done its work when it returns its promise: the order of the calls is the order of the writes. */
export class SqliteAuthStateWriter extends AuthStateWriter {
  private table: AuthStateTable | null = null;

  constructor(
    private readonly database: SqliteDatabase,
    private readonly lease: AccountLease,
    private readonly token: WriterToken,
  ) {
    super();
  }

  read(type: string, ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    return this.unlessOver(() => {
      const found = new Map<string, Uint8Array>();
      const table = this.find();
      if (!table) return found;
      for (const id of ids) {
        const value = table.signalKey(type, id);
        if (value) found.set(id, value);
      }
      return found;
    });
  }

  write(change: AuthStateChange): Promise<void> {
    return this.unlessOver(() => {
      this.database.transaction(
        () => {
          this.apply(change);
        },
        { powerSafe: change.powerSafe ?? false },
      );
    });
  }

  erase(erasure?: ErasureRecord): Promise<void> {
    return this.unlessOver(() => {
      this.table = null;
      try {
        this.eraseWith(erasure, (table) => {
          table.drop();
        });
      } catch (error) {
        const { accountId } = this.lease;
        const damaged = isDamage(error) ? AuthStateTable.find(this.database, accountId) : null;
        if (!damaged) throw error;
        damaged.clear();
        this.eraseWith(erasure, (table) => {
          table.leave();
        });
      }
    });
  }

  /** `drain` and `drop` are the same here: there is never a write that has been asked for and has not happened. */
  close(): Promise<void> {
    this.token.over = true;
    return Promise.resolve();
  }

  private eraseWith(erasure: ErasureRecord | undefined, remove: (table: AuthStateTable) => void): void {
    const { accountId } = this.lease;
    this.database.erase(() => {
      const table = AuthStateTable.find(this.database, accountId);
      if (table) remove(table);
      saveRemains(this.database, accountId, erasure);
      return table !== null;
    });
  }

  private apply({ credentials, keys = [], connector }: AuthStateChange): void {
    if (!credentials && !connector && !keys.some(({ value }) => value) && !this.find()) return;
    const table = (this.table = this.find() ?? AuthStateTable.create(this.database, this.lease.accountId));
    if (credentials) {
      table.saveCredentials(credentials);
      this.database.run('UPDATE account SET has_credentials = 1 WHERE number = ? AND has_credentials = 0', [
        table.account,
      ]);
    }
    for (const key of keys) table.changeSignalKey(key);
    if (connector) {
      table.savePhone(connector.phone);
      saveAcceptance(this.database, this.lease.accountId, connector.linkedAt);
    }
  }

  private find(): AuthStateTable | null {
    return (this.table ??= AuthStateTable.find(this.database, this.lease.accountId));
  }

  private unlessOver<T>(work: () => T): Promise<T> {
    return asPromise(() => {
      if (this.token.over || this.lease.lost.aborted) throw new AttemptOver();
      try {
        return work();
      } catch (error) {
        // The transaction that created the table may be the one that failed.
        this.table = null;
        throw error;
      }
    });
  }
}
