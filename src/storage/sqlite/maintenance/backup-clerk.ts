import { Logger } from '@nestjs/common';
import { BACKUP_WORDS, COPY_LIMIT_MS } from './backup-words.js';
import type { DeskLine } from '../../../control-socket/desk-line.js';
import type { ServiceDesk } from '../../../control-socket/service-desk.js';
import type { SqliteDatabase } from '../database/sqlite-database.js';

/**
 * Lets a command copy the store of the running service. It hands nothing out: it keeps the store's file still while the
 * other process copies it, so that the event loop waits no longer than for writing the log into the file once (tens of
 * milliseconds).
 */
export class BackupClerk {
  readonly #logger = new Logger('Storage');
  #lastTurn: Promise<void> = Promise.resolve();
  #turns = 0;

  private constructor(private readonly database: SqliteDatabase) {}

  static at(desk: ServiceDesk, database: SqliteDatabase): void {
    const clerk = new BackupClerk(database);
    desk.serve(BACKUP_WORDS.ask, (line) => clerk.#serve(line));
  }

  async #serve(line: DeskLine): Promise<void> {
    if (this.#turns > 0) line.say(BACKUP_WORDS.wait);
    this.#turns += 1;
    const turn = this.#lastTurn.then(() => this.#keepStillFor(line));
    this.#lastTurn = turn;
    await turn;
    this.#turns -= 1;
  }

  async #keepStillFor(line: DeskLine): Promise<void> {
    if (line.over) return;
    try {
      const standstill = this.database.standStill();
      line.say(BACKUP_WORDS.copy);
      const word = await line.hear(COPY_LIMIT_MS);
      const { kept } = standstill;
      standstill.end();
      if (word !== BACKUP_WORDS.copied) return;
      line.say(kept ? BACKUP_WORDS.kept : BACKUP_WORDS.changed);
      if (kept) this.#logger.log('The store was copied for a backup.');
    } catch (error) {
      const { message, cause } = error as Error;
      this.#logger.warn(`A backup of the store failed: ${cause instanceof Error ? cause.message : message}`);
      line.say(BACKUP_WORDS.failed);
    }
  }
}
