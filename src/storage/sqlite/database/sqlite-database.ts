import { StorageFailed } from '../../../whatsapp/domain/errors.js';
import { asPromise } from './as-promise.js';
import { inodeOf, prepareDataDirectory, removeLeftovers } from './data-directory.js';
import { SqliteConnection } from './sqlite-connection.js';
import { isDiskError, StoreInUse } from './sqlite-database.errors.js';
import { migrationFrom, SCHEMA_VERSION } from './sqlite-schema.js';
import { checkedKey, locationWith, unlock } from './store-key.js';
import { configure, lock, notOpened, requireKey, versionOf, waitForNextTry } from './store-opening.js';
import { type FileFreeze, WriteAheadLog } from './write-ahead-log.js';
import { causeOf } from '../../../whatsapp/domain/cause-of.js';

export interface SqliteDatabaseOptions {
  /** Path. Created with mode 0700 when it is missing. */
  readonly dataDirectory: string;
  /**
   * 32 random bytes that encrypt the files of the store (AES-256). No other key opens them. A new store is encrypted
   * with this key. `store encrypt | rekey | decrypt` changes the key of an existing store. Default: none, so every
   * reader of the disk can read the store.
   */
  readonly encryptionKey?: Uint8Array;
  /** How long to wait for a process that has the store open and is shutting down. Default 10,000. */
  readonly lockWaitMs?: number;
  /**
   * Opens a store of an older version without migrating it, to copy it. The stores of this folder do not work on it.
   * Default false.
   */
  readonly asItIs?: boolean;
}

const LOCK_WAIT_MS = 10_000;

/** The store's file. This process alone uses it from `open` until `close` has resolved. */
export class SqliteDatabase extends SqliteConnection {
  private readonly log = new WriteAheadLog(this);
  private logHoldsErased = false;

  private constructor(file: string) {
    super(file);
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
      // The process that had the store may have put another file in its place (see rekeyStore).
      const isStore = (): boolean => inodeOf(file) === inode;
      try {
        await requireKey(file, key);
        const database = new SqliteDatabase(file);
        if (await database.take(options, key, isStore)) return database;
        if (isStore() && performance.now() >= giveUpAt) throw new StoreInUse(dataDirectory, lockWaitMs);
      } catch (error) {
        if (isStore()) throw notOpened(error, dataDirectory, file, key);
      }
      await waitForNextTry();
    }
  }

  override transaction<T>(work: () => T, options?: { readonly powerSafe?: boolean }): T {
    try {
      return super.transaction(work, options);
    } catch (error) {
      if (isDiskError(error)) this.log.makeRoom();
      throw error;
    }
  }

  /**
   * Deletes in a power-safe transaction. When it returns, no file of the store holds the deleted bytes.
   * @param work returns whether there was anything to delete; may be called twice
   */
  erase(work: () => boolean): void {
    if (this.eraseAlsoWhenFull(work)) this.logHoldsErased = true;
    if (!this.logHoldsErased) return;
    this.log.empty();
    this.logHoldsErased = false;
  }

  /**
   * Writes every commit into the store's file and leaves the file unchanged from then on. A copy that another process
   * makes of it is consistent if the freeze is still `kept` afterwards. (A copy made by this process would release
   * SQLite's lock when its descriptor is closed.)
   * @throws StorageFailed
   */
  freezeFile(): FileFreeze {
    return this.log.freezeFile();
  }

  /**
   * Writes every commit into a new file, encrypted with another key or with none. Not synced.
   * @param file absolute path; no file may exist there
   * @throws StorageFailed
   */
  exportTo(file: string, key: Uint8Array | null): void {
    const location = locationWith(file, key);
    try {
      this.script(`VACUUM INTO '${location}'`);
    } catch (error) {
      // SQLite's message names the location, and the location holds the key.
      const { code, message } = causeOf(error) as Error & { readonly code?: string };
      const cause = Object.assign(new Error(message.replaceAll(location, file)), { code });
      throw new StorageFailed({ cause });
    }
  }

  /**
   * Empties the log and releases the store, also for this process. Repeated calls do nothing.
   * @throws StorageFailed when the disk refuses it. The log then holds the commits, and the next open reads them. The
   * lock is released when the process ends.
   */
  close(): Promise<void> {
    return asPromise(() => {
      if (this.isReleased) return;
      this.log.close();
      try {
        this.rollback();
        // libsql keeps an exclusive lock until garbage collection. Leaving WAL and reading once releases it now.
        this.script('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL');
        this.get('SELECT count(*) FROM sqlite_master');
      } finally {
        this.release();
      }
    });
  }

  /**
   * Locks and prepares the file. Returns false, and releases it, when it is no longer the store or another process has
   * it.
   */
  private async take(
    { dataDirectory, asItIs = false }: SqliteDatabaseOptions,
    key: Uint8Array | null,
    isStore: () => boolean,
  ): Promise<boolean> {
    let isOurs = false;
    try {
      unlock(this, key);
      isOurs = lock(this) && isStore();
      if (isOurs) this.setUp(dataDirectory, asItIs);
      return isOurs;
    } catch (error) {
      if (isOurs) await this.close().catch(() => undefined);
      throw error;
    } finally {
      // Not `close`: if this file is no longer the store, that would delete the log of the new one.
      if (!isOurs) this.release();
    }
  }

  private setUp(dataDirectory: string, asItIs: boolean): void {
    removeLeftovers(dataDirectory);
    const version = versionOf(this, dataDirectory);
    configure(this);
    if (!asItIs && version !== SCHEMA_VERSION) {
      const migrate = (): void => {
        this.script(migrationFrom(version));
      };
      this.transaction(migrate, { powerSafe: true });
    }
    // After a crash during an erasure, the log may hold bytes of the erased account.
    this.log.empty();
  }

  /**
   * An erasure frees disk, so a full disk must not refuse it. After a failure the log has room again, if the file has.
   */
  private eraseAlsoWhenFull(work: () => boolean): boolean {
    try {
      return this.transaction(work, { powerSafe: true });
    } catch (error) {
      if (!isDiskError(error)) throw error;
      return this.transaction(work, { powerSafe: true });
    }
  }
}
