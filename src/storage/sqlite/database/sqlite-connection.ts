import Libsql from 'libsql';
import { StorageFailed } from '../../../whatsapp/domain/errors.js';
import { type NativeStatement, SqliteStatement, type SqlRow, type SqlValue } from './sqlite-statement.js';

const CACHED_STATEMENTS = 256;

/**
 * Statements and transactions on one file, and the only place that calls libsql. An error of libsql becomes
 * `StorageFailed` with that error as its cause. A value that libsql cannot store exactly is a `TypeError`.
 */
export class SqliteConnection {
  private readonly native: Libsql.Database;
  private readonly statements = new Map<string, SqliteStatement>();
  private synchronous: 'FULL' | 'NORMAL' | null = null;
  private inTransaction = false;
  protected isReleased = false;

  /** @param location path or `file:` URL; the first statement reads and locks it */
  constructor(location: string) {
    this.native = new Libsql(location, { timeout: 0 });
  }

  /** Returns a prepared statement. The latest 256 stay prepared. SQL holds values only as `?`. */
  prepare(sql: string): SqliteStatement {
    const known = this.statements.get(sql);
    if (known) return known;
    const prepare = (): NativeStatement => this.guard(() => this.native.prepare(sql) as NativeStatement);
    const statement = new SqliteStatement(sql, prepare, (call) => this.guard(call));
    this.statements.set(sql, statement);
    if (this.statements.size > CACHED_STATEMENTS) {
      for (const oldest of this.statements.keys()) {
        this.statements.delete(oldest);
        break;
      }
    }
    return statement;
  }

  /** @returns the number of changed rows */
  run(sql: string, values: readonly SqlValue[] = []): number {
    return this.prepare(sql).run(values);
  }

  get(sql: string, values: readonly SqlValue[] = []): SqlRow | undefined {
    return this.prepare(sql).get(values);
  }

  all(sql: string, values: readonly SqlValue[] = []): SqlRow[] {
    return this.prepare(sql).all(values);
  }

  /** Executes statements without values and without result rows. */
  script(sql: string): void {
    this.guard(() => this.native.exec(sql));
  }

  /**
   * Commits all of `work` or nothing. A committed transaction survives a crash of the process. With `powerSafe` it is
   * on the disk when this returns. Without it, a power failure can lose the last transactions, but never a part of one.
   */
  transaction<T>(work: () => T, { powerSafe = false }: { readonly powerSafe?: boolean } = {}): T {
    if (this.inTransaction) throw new Error('a transaction is already open');
    this.rollback();
    this.setSynchronous(powerSafe ? 'FULL' : 'NORMAL');
    this.script('BEGIN IMMEDIATE');
    this.inTransaction = true;
    try {
      const result = work();
      this.script('COMMIT');
      return result;
    } catch (error) {
      this.rollback();
      throw error;
    } finally {
      this.inTransaction = false;
    }
  }

  /** Closes the file. Every later statement throws `StorageFailed`. */
  release(): void {
    this.isReleased = true;
    this.statements.clear();
    this.native.close();
  }

  /**
   * Rolls back an open transaction. After some errors (a full disk) SQLite has already done so. A failed rollback is
   * repeated before the next BEGIN.
   */
  protected rollback(): void {
    // libsql aborts the process when a closed database is used.
    if (this.isReleased || !this.native.inTransaction) return;
    try {
      this.native.exec('ROLLBACK');
    } catch {
      return;
    }
  }

  private setSynchronous(level: 'FULL' | 'NORMAL'): void {
    if (this.synchronous === level) return;
    this.script(`PRAGMA synchronous = ${level}`);
    this.synchronous = level;
  }

  private guard<T>(call: () => T): T {
    if (this.isReleased) throw new StorageFailed({ cause: new Error('the store is closed') });
    try {
      return call();
    } catch (error) {
      throw new StorageFailed({ cause: error });
    }
  }
}
