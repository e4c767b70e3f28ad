import { createHash } from 'node:crypto';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import { AuthStateCorrupt } from '../../../whatsapp/domain/errors.js';
import type { KeyChange } from '../../../whatsapp/ports/auth-state.store.js';
import { isDamage } from '../database/sqlite-database.errors.js';
import type { SqliteDatabase } from '../database/sqlite-database.js';
import type { SqliteStatement } from '../database/sqlite-statement.js';

/** Kinds of rows. The numbers are stored; never change them. */
const PART = { credentials: 0, phone: 1, signalKey: 2 } as const;

const CHECKSUM_BYTES = 32;

/**
 * The table of one account: all secret or personal data of it. Its pages hold nothing else, so dropping the table
 * erases them (see MIGRATIONS). Calls that write must run in a transaction. Calls that read throw AuthStateCorrupt when
 * pages of this table are damaged; other accounts are not affected.
 */
export class AuthStateTable {
  private getter: SqliteStatement | undefined;
  private putter: SqliteStatement | undefined;

  private constructor(
    private readonly database: SqliteDatabase,
    readonly account: number,
  ) {}

  static find(database: SqliteDatabase, accountId: AccountId): AuthStateTable | null {
    const row = database.get('SELECT number FROM account WHERE id = ?', [accountId]);
    return row ? AuthStateTable.of(database, row['number'] as number) : null;
  }

  static of(database: SqliteDatabase, account: number): AuthStateTable {
    return new AuthStateTable(database, account);
  }

  static create(database: SqliteDatabase, accountId: AccountId): AuthStateTable {
    const row = database.get('INSERT INTO account (id) VALUES (?) RETURNING number', [accountId]);
    const account = row?.['number'] as number;
    database.script(
      `CREATE TABLE ${tableName(account)} (
         part INTEGER NOT NULL,
         type TEXT NOT NULL,
         id TEXT NOT NULL,
         value BLOB NOT NULL,
         PRIMARY KEY (part, type, id)
       ) WITHOUT ROWID, STRICT`,
    );
    return new AuthStateTable(database, account);
  }

  /** @throws AuthStateCorrupt when the credentials are missing or their checksum is wrong */
  credentials(): Uint8Array {
    const stored = this.value(PART.credentials);
    if (!stored || stored.length < CHECKSUM_BYTES) throw new AuthStateCorrupt();
    const credentials = stored.subarray(CHECKSUM_BYTES);
    if (!checksum(credentials).equals(stored.subarray(0, CHECKSUM_BYTES))) throw new AuthStateCorrupt();
    return credentials;
  }

  saveCredentials(credentials: Uint8Array): void {
    this.put(PART.credentials, '', '', Buffer.concat([checksum(credentials), credentials]));
  }

  phone(): string | null {
    const stored = this.value(PART.phone);
    return stored ? Buffer.from(stored).toString() : null;
  }

  savePhone(phone: string): void {
    this.put(PART.phone, '', '', Buffer.from(phone));
  }

  signalKey(type: string, id: string): Uint8Array | undefined {
    return this.value(PART.signalKey, type, id);
  }

  changeSignalKey({ type, id, value }: KeyChange): void {
    if (value !== null) this.put(PART.signalKey, type, id, value);
    else {
      const table = tableName(this.account);
      this.database.run(`DELETE FROM ${table} WHERE part = ? AND type = ? AND id = ?`, [
        PART.signalKey,
        type,
        id,
      ]);
    }
  }

  /** Removes the table and the account. */
  drop(): void {
    this.database.script(`DROP TABLE IF EXISTS ${tableName(this.account)}`);
    this.removeAccount();
  }

  /** Removes only the account, and lists its table for removeDamagedTables: a damaged table cannot be dropped. */
  abandon(): void {
    this.database.run('INSERT INTO damaged_table VALUES (?)', [tableName(this.account)]);
    this.removeAccount();
  }

  /**
   * Deletes the readable rows of a damaged table. One transaction for each part, because an error can end its
   * transaction.
   */
  clear(): void {
    for (const part of Object.values(PART)) {
      try {
        this.database.transaction(() =>
          this.database.run(`DELETE FROM ${tableName(this.account)} WHERE part = ?`, [part]),
        );
      } catch (error) {
        if (!isDamage(error)) throw error;
      }
    }
  }

  private removeAccount(): void {
    this.database.run('DELETE FROM account WHERE number = ?', [this.account]);
  }

  private value(part: number, type = '', id = ''): Uint8Array | undefined {
    this.getter ??= this.database.prepare(
      `SELECT value FROM ${tableName(this.account)} WHERE part = ? AND type = ? AND id = ?`,
    );
    try {
      return this.getter.get([part, type, id])?.['value'] as Uint8Array | undefined;
    } catch (error) {
      throw isDamage(error) ? new AuthStateCorrupt({ cause: error }) : error;
    }
  }

  private put(part: number, type: string, id: string, value: Uint8Array): void {
    this.putter ??= this.database.prepare(
      `INSERT INTO ${tableName(this.account)} VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
    );
    this.putter.run([part, type, id, value]);
  }
}

function tableName(account: number): string {
  return `auth_state_${account}`;
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
