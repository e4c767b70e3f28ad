import { StorageFailed } from '../../../whatsapp/domain/errors.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** SQLite's default: a commit that finds this many pages in the log writes them into the store's file. */
const LOG_PAGES = 1_000;

/** Keeps the store's file unchanged until it ends. Meanwhile commits stay in the log. */
export interface FileFreeze {
  /**
   * False after the file was written despite the freeze, because of an erasure, a full disk, or the close of the
   * store.
   */
  readonly kept: boolean;
  /** Repeated calls do nothing. */
  end(): void;
}

/** SQLite's write-ahead log of the store. Controls when it is written into the store's file. */
export class WriteAheadLog {
  private fileFreeze: { kept: boolean } | null = null;

  constructor(private readonly connection: SqliteConnection) {}

  /** Writes the whole log into the file and empties it. @throws StorageFailed */
  empty(): void {
    this.breakFreeze();
    const answer = this.connection.get('PRAGMA wal_checkpoint(TRUNCATE)');
    if (answer?.['busy'] !== 0) throw new StorageFailed({ cause: new Error('the log could not be emptied') });
  }

  /**
   * Writes as much of the log into the file as the disk allows. On a full disk the log cannot grow, and SQLite empties
   * it only after a successful commit. Without this call, a store whose file still has room would refuse every write
   * until disk is freed. The log keeps its size.
   */
  makeRoom(): void {
    this.breakFreeze();
    try {
      this.connection.get('PRAGMA wal_checkpoint(RESTART)');
    } catch {
      return;
    }
  }

  /** Freezes the file. It takes about as long as writing 4 MB. A second freeze ends the first. @throws StorageFailed */
  freezeFile(): FileFreeze {
    this.empty();
    this.connection.script('PRAGMA wal_autocheckpoint = 0');
    const freeze = (this.fileFreeze = { kept: true });
    return {
      get kept() {
        return freeze.kept;
      },
      end: () => {
        if (this.fileFreeze !== freeze) return;
        this.fileFreeze = null;
        this.connection.script(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
      },
    };
  }

  /** Ends a freeze. Call it before the connection is released. */
  close(): void {
    this.breakFreeze();
    this.fileFreeze = null;
  }

  private breakFreeze(): void {
    if (this.fileFreeze) this.fileFreeze.kept = false;
  }
}
