import { Logger } from '@nestjs/common';
import { BACKUP_WORDS, COPY_LIMIT_MS } from './backup-words.js';
import type { ControlConnection } from '../../../control-socket/control-connection.js';
import type { ControlServer } from '../../../control-socket/control-server.js';
import type { SqliteDatabase } from '../database/sqlite-database.js';

/**
 * Lets a command copy the store of the running service. It hands nothing out: it keeps the store's file still while the
 * other process copies it, so that the event loop waits no longer than for writing the log into the file once (tens of
 * milliseconds).
 */
export class BackupHandler {
  readonly #logger = new Logger('Storage');
  #lastTurn: Promise<void> = Promise.resolve();
  #turns = 0;

  private constructor(private readonly database: SqliteDatabase) {}

  static at(controlServer: ControlServer, database: SqliteDatabase): void {
    const handler = new BackupHandler(database);
    controlServer.serve(BACKUP_WORDS.ask, (connection) => handler.#serve(connection));
  }

  async #serve(connection: ControlConnection): Promise<void> {
    if (this.#turns > 0) connection.say(BACKUP_WORDS.wait);
    this.#turns += 1;
    const turn = this.#lastTurn.then(() => this.#keepStillFor(connection));
    this.#lastTurn = turn;
    await turn;
    this.#turns -= 1;
  }

  async #keepStillFor(connection: ControlConnection): Promise<void> {
    if (connection.over) return;
    try {
      const freeze = this.database.freezeFile();
      connection.say(BACKUP_WORDS.copy);
      const word = await connection.hear(COPY_LIMIT_MS);
      const { kept } = freeze;
      freeze.end();
      if (word !== BACKUP_WORDS.copied) return;
      connection.say(kept ? BACKUP_WORDS.kept : BACKUP_WORDS.changed);
      if (kept) this.#logger.log('The store was copied for a backup.');
    } catch (error) {
      const { message, cause } = error as Error;
      this.#logger.warn(`A backup of the store failed: ${cause instanceof Error ? cause.message : message}`);
      connection.say(BACKUP_WORDS.failed);
    }
  }
}
