import Libsql from 'libsql';
import { StorageFailed } from '../../../whatsapp/domain/errors.js';
import { inodeOf, prepareDataDirectory, removeLeftovers } from './data-directory.js';
import { isDiskTrouble, StoreInUse } from './sqlite-database.errors.js';
import type { SqliteDatabaseOptions } from './sqlite-database.options.js';
import { migrationFrom, SCHEMA_VERSION } from './sqlite-schema.js';
import { asPromise } from './as-promise.js';
import type { FileFreeze } from './file-freeze.js';
import { checkedKey, locationAsItStands, locationWith, unlock } from './store-key.js';
import { configure, lock, notOpened, requireKey, untilLockIsWorthATry, versionOf } from './store-opening.js';
import { type NativeStatement, SqliteStatement, type SqlRow, type SqlValue } from './sqlite-statement.js';

const LOCK_WAIT_MS = 10_000;
const CACHED_STATEMENTS = 256;
/** SQLite's default: so many pages in the log, and it is written into the store's file. */
const LOG_PAGES = 1_000;

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
  #fileFreeze: { kept: boolean } | null = null;
  #closed = false;

  private constructor(native: Libsql.Database) {
    this.#native = native;
  }

  /**
   * @throws StoreInUse · StoreTooNew · StoreKeyMissing · StoreKeyWrong · StoreNotEncrypted · StoreUnreadable ·
   * StoreNotOpened; the store is then as it was. RangeError for a key that is not 32 bytes
   */
  static async open(options: SqliteDatabaseOptions): Promise<SqliteDatabase> {
    const { dataDirectory, lockWaitMs = LOCK_WAIT_MS } = options;
    const key = checkedKey(options.encryptionKey);
    const file = prepareDataDirectory(dataDirectory);
    const giveUpAt = performance.now() + lockWaitMs;
    for (;;) {
      const inode = inodeOf(file);
      // Whoever had the store may have put another file in its place (see rewriteStore).
      const isStore = (): boolean => inodeOf(file) === inode;
      try {
        await requireKey(() => {
          SqliteDatabase.#look(file, key);
        });
        const database = new SqliteDatabase(new Libsql(file, { timeout: 0 }));
        if (await database.#take(options, key, isStore)) return database;
        if (isStore() && performance.now() >= giveUpAt) throw new StoreInUse(dataDirectory, lockWaitMs);
      } catch (error) {
        if (isStore()) throw notOpened(error, dataDirectory, file, key);
      }
      await untilLockIsWorthATry();
    }
  }

  /** Reads the file's first page, and neither locks nor looks at a log. @throws StorageFailed when the key is not its own */
  static #look(file: string, key: Uint8Array | null): void {
    const database = new SqliteDatabase(new Libsql(locationAsItStands(file), { timeout: 0 }));
    try {
      unlock(database, key);
      database.get('PRAGMA schema_version');
    } finally {
      database.#native.close();
    }
  }

  /** The latest 256 statements are kept prepared. Values stand in the SQL only as `?`. */
  prepare(sql: string): SqliteStatement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const prepare = (): NativeStatement => this.#guard(() => this.#native.prepare(sql) as NativeStatement);
    const statement = new SqliteStatement(sql, prepare, (call) => this.#guard(call));
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
   * Brings everything that is committed into the store's file and leaves it alone from then on: a copy that another process
   * makes of it is consistent if this is still `kept` afterwards. (A copy made by this process would release SQLite's lock
   * when its descriptor is closed.) Takes about as long as writing 4 MB; a second one ends what the first has kept.
   * @throws StorageFailed
   */
  freezeFile(): FileFreeze {
    this.#emptyLog();
    this.script('PRAGMA wal_autocheckpoint = 0');
    const standstill = (this.#fileFreeze = { kept: true });
    return {
      get kept() {
        return standstill.kept;
      },
      end: () => {
        if (this.#fileFreeze !== standstill) return;
        this.#fileFreeze = null;
        if (!this.#closed) this.script(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
      },
    };
  }

  /**
   * Writes everything that is committed into a new file, encrypted with another key or with none. Not synced.
   * @param file absolute path; nothing may be there
   * @throws StorageFailed
   */
  exportTo(file: string, key: Uint8Array | null): void {
    const location = locationWith(file, key);
    try {
      this.script(`VACUUM INTO '${location}'`);
    } catch (error) {
      // SQLite's message would name the file as it was told to it: with the key.
      const { code, message } = (error as StorageFailed).cause as Error & { readonly code?: string };
      const cause = Object.assign(new Error(message.replaceAll(location, file)), { code });
      throw new StorageFailed({ cause });
    }
  }

  /**
   * Empties the log and releases the store, also for this process. Repeating does nothing.
   * @throws StorageFailed when the disk does not let it: what was committed stands in the log, and the next open finds it.
   * Released it is then when the process ends.
   */
  close(): Promise<void> {
    return asPromise(() => {
      if (this.#closed) return;
      this.#fileChanges();
      try {
        this.#rollback();
        // libsql keeps an exclusive lock until garbage collection: leaving WAL and reading once gives it back now.
        this.script('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL');
        this.get('SELECT count(*) FROM sqlite_master');
      } finally {
        this.#moveLogIntoFile();
      }
    });
  }

  /** Not in order, as `close` does: for a file that is not the store, that would delete the log of the one that is. */
  #moveLogIntoFile(): void {
    this.#closed = true;
    this.#statements.clear();
    this.#native.close();
  }

  /** Locks and prepares the file. @returns whether it was the store when it was locked; otherwise it is left */
  async #take(
    { dataDirectory, asItIs }: SqliteDatabaseOptions,
    key: Uint8Array | null,
    isStore: () => boolean,
  ): Promise<boolean> {
    let isOurs = false;
    try {
      unlock(this, key);
      isOurs = lock(this) && isStore();
      if (isOurs) this.#prepare(dataDirectory, asItIs);
      return isOurs;
    } catch (error) {
      if (isOurs) await this.close().catch(() => undefined);
      throw error;
    } finally {
      if (!isOurs) this.#moveLogIntoFile();
    }
  }

  #prepare(dataDirectory: string, asItIs = false): void {
    removeLeftovers(dataDirectory);
    const version = versionOf(this, dataDirectory);
    configure(this);
    if (!asItIs && version !== SCHEMA_VERSION) {
      const migrate = (): void => {
        this.script(migrationFrom(version));
      };
      this.transaction(migrate, { powerSafe: true });
    }
    // What a crash left in the log may be bytes of an account that was being erased.
    this.#emptyLog();
  }

  #emptyLog(): void {
    this.#fileChanges();
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
    this.#fileChanges();
    try {
      this.get('PRAGMA wal_checkpoint(RESTART)');
    } catch {
      return;
    }
  }

  #fileChanges(): void {
    if (this.#fileFreeze) this.#fileFreeze.kept = false;
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
