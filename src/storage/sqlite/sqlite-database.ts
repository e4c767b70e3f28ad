import { setTimeout as delay } from 'node:timers/promises';
import Libsql from 'libsql';
import { StorageFailed } from '../../whatsapp/domain/errors.js';
import { prepareDataDirectory, STORE_FILE_NAME } from './data-directory.js';
import {
  isDiskTrouble,
  sqliteCode,
  StoreInUse,
  StoreNotOpened,
  StoreTooNew,
  StoreUnreadable,
} from './sqlite-database.errors.js';
import { APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION } from './sqlite-schema.js';
import { settled } from './settled.js';
import { type NativeStatement, SqliteStatement, type SqlRow, type SqlValue } from './sqlite-statement.js';

export interface SqliteDatabaseOptions {
  /** Created with mode 0700 when it is missing. */
  readonly dataDirectory: string;
  /** How long to wait for a process that is just shutting down. Default 10,000. */
  readonly lockWaitMs?: number;
}

const LOCK_WAIT_MS = 10_000;
const LOCK_RETRY_MS = 25;
const CACHED_STATEMENTS = 256;

/**
 * The store's file, and the only place that speaks to libsql. Exclusive from `open` until `close` has resolved.
 * Everything libsql throws becomes `StorageFailed` with the cause; a value it cannot take is a `TypeError` before it.
 */
export class SqliteDatabase {
  readonly #native: Libsql.Database;
  readonly #statements = new Map<string, SqliteStatement>();
  #synchronous: 'FULL' | 'NORMAL' | null = null;
  #inTransaction = false;
  #logHoldsErased = false;
  #closed = false;

  private constructor(native: Libsql.Database) {
    this.#native = native;
  }

  /** @throws StoreInUse · StoreTooNew · StoreUnreadable · StoreNotOpened; the store is then as it was */
  static async open({ dataDirectory, lockWaitMs }: SqliteDatabaseOptions): Promise<SqliteDatabase> {
    const file = prepareDataDirectory(dataDirectory);
    let database: SqliteDatabase | undefined;
    try {
      database = new SqliteDatabase(new Libsql(file, { timeout: 0 }));
      await database.#lock(dataDirectory, lockWaitMs ?? LOCK_WAIT_MS);
      const version = database.#version(dataDirectory);
      database.#configure();
      database.#migrate(version);
      // What a crash left in the log may be bytes of an account that was being erased.
      database.#emptyLog();
      return database;
    } catch (error) {
      await database?.close().catch(() => undefined);
      if (error instanceof StoreNotOpened) throw error;
      const cause = error instanceof StorageFailed ? error.cause : error;
      if (/^SQLITE_(NOTADB|CORRUPT)/.test(sqliteCode(cause))) {
        throw new StoreUnreadable(dataDirectory, STORE_FILE_NAME, { cause });
      }
      const said = (cause as Error).message;
      const readOnly = /^SQLITE_(READONLY|CANTOPEN)/.test(sqliteCode(cause));
      throw new StoreNotOpened(dataDirectory, readOnly ? `nothing can be written there (${said}).` : said, {
        cause,
      });
    }
  }

  /** The latest 256 statements are kept prepared. Values stand in the SQL only as `?`. */
  prepare(sql: string): SqliteStatement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const native = this.#guard(() => this.#native.prepare(sql) as NativeStatement);
    const statement = new SqliteStatement(sql, native, (call) => this.#guard(call));
    this.#statements.set(sql, statement);
    if (this.#statements.size > CACHED_STATEMENTS) {
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest);
        break;
      }
    }
    return statement;
  }

  run(sql: string, values: readonly SqlValue[] = []): number {
    return this.prepare(sql).run(values);
  }

  get(sql: string, values: readonly SqlValue[] = []): SqlRow | undefined {
    return this.prepare(sql).get(values);
  }

  all(sql: string, values: readonly SqlValue[] = []): SqlRow[] {
    return this.prepare(sql).all(values);
  }

  /** Statements without values and without an answer. */
  script(sql: string): void {
    this.#guard(() => this.#native.exec(sql));
  }

  /**
   * All of `work` or nothing of it. What was committed survives a crash of the process; with `powerSafe` it is on the
   * disk before this returns, without it the last transactions can be lost (never torn) when the power fails.
   */
  transaction<T>(work: () => T, { powerSafe = false }: { readonly powerSafe?: boolean } = {}): T {
    if (this.#inTransaction) throw new Error('a transaction is already open');
    this.#rollback();
    this.#setSynchronous(powerSafe ? 'FULL' : 'NORMAL');
    this.script('BEGIN IMMEDIATE');
    this.#inTransaction = true;
    try {
      const result = work();
      this.script('COMMIT');
      return result;
    } catch (error) {
      this.#rollback();
      if (isDiskTrouble(error)) this.#makeRoom();
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  /**
   * A power-safe transaction that deletes for good: when it returns, the deleted bytes stand in no file of the store.
   * @param work returns whether there was anything to delete; may be called twice
   */
  erase(work: () => boolean): void {
    if (this.#eraseAlsoWhenFull(work)) this.#logHoldsErased = true;
    if (!this.#logHoldsErased) return;
    this.#emptyLog();
    this.#logHoldsErased = false;
  }

  /**
   * Empties the log and releases the store, also for this process. Repeating does nothing.
   * @throws StorageFailed when the disk does not let it: what was committed stands in the log, and the next open finds it.
   * Released it is then when the process ends.
   */
  close(): Promise<void> {
    return settled(() => {
      if (this.#closed) return;
      try {
        this.#rollback();
        // libsql keeps an exclusive lock until garbage collection: leaving WAL and reading once gives it back now.
        this.script('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL');
        this.get('SELECT count(*) FROM sqlite_master');
      } finally {
        this.#closed = true;
        this.#statements.clear();
        this.#native.close();
      }
    });
  }

  async #lock(dataDirectory: string, waitMs: number): Promise<void> {
    const giveUpAt = performance.now() + waitMs;
    this.script('PRAGMA locking_mode = EXCLUSIVE');
    for (;;) {
      try {
        this.script('BEGIN EXCLUSIVE; COMMIT');
        return;
      } catch (error) {
        if (!sqliteCode(error).startsWith('SQLITE_BUSY')) throw error;
        if (performance.now() >= giveUpAt) throw new StoreInUse(dataDirectory, waitMs);
      }
      await delay(LOCK_RETRY_MS * (1 + Math.random()));
    }
  }

  #version(dataDirectory: string): number {
    const application = this.get('PRAGMA application_id')?.['application_id'];
    const version = Number(this.get('PRAGMA user_version')?.['user_version']);
    const tables = this.get('SELECT count(*) AS count FROM sqlite_master')?.['count'];
    if (application === 0 && version === 0 && tables === 0) return 0;
    if (application !== APPLICATION_ID) throw new StoreUnreadable(dataDirectory, STORE_FILE_NAME);
    if (version > SCHEMA_VERSION) throw new StoreTooNew(dataDirectory, version, SCHEMA_VERSION);
    return version;
  }

  #configure(): void {
    // Any other journal would keep old pages in its file, erased accounts among them.
    const mode = this.get('PRAGMA journal_mode = WAL')?.['journal_mode'];
    if (mode !== 'wal')
      throw new StorageFailed({ cause: new Error(`the journal stays in mode ${String(mode)}`) });
    // temp_store: what a statement needs beside the store must not reach a temporary file.
    this.script('PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON');
  }

  /** One power-safe transaction for all steps. */
  #migrate(from: number): void {
    if (from === SCHEMA_VERSION) return;
    const script = [
      ...MIGRATIONS.slice(from),
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION};`,
    ].join('\n');
    this.transaction(
      () => {
        this.script(script);
      },
      { powerSafe: true },
    );
  }

  #emptyLog(): void {
    const answer = this.get('PRAGMA wal_checkpoint(TRUNCATE)');
    if (answer?.['busy'] !== 0) throw new StorageFailed({ cause: new Error('the log could not be emptied') });
  }

  /** What helps a full disk must not fail for it: after a failure the log has room again, if the store's file has. */
  #eraseAlsoWhenFull(work: () => boolean): boolean {
    try {
      return this.transaction(work, { powerSafe: true });
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      return this.transaction(work, { powerSafe: true });
    }
  }

  /**
   * On a full disk the log cannot grow, and SQLite empties it only after a commit that succeeded: without this, a store
   * whose file still has room would refuse everything until somebody frees disk. The log keeps the room it has.
   */
  #makeRoom(): void {
    try {
      this.get('PRAGMA wal_checkpoint(RESTART)');
    } catch {
      return;
    }
  }

  #setSynchronous(level: 'FULL' | 'NORMAL'): void {
    if (this.#synchronous === level) return;
    this.script(`PRAGMA synchronous = ${level}`);
    this.#synchronous = level;
  }

  /** Some errors (a full disk) have already rolled back, and a failed rollback is repeated before the next BEGIN. */
  #rollback(): void {
    // libsql aborts the process when a closed database is asked.
    if (this.#closed || !this.#native.inTransaction) return;
    try {
      this.#native.exec('ROLLBACK');
    } catch {
      return;
    }
  }

  #guard<T>(call: () => T): T {
    if (this.#closed) throw new StorageFailed({ cause: new Error('the store is closed') });
    try {
      return call();
    } catch (error) {
      throw new StorageFailed({ cause: error });
    }
  }
}
