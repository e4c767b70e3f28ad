import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { ANSWER_WAIT_MS, BACKUP_WORDS, backupAddress, BackupLine, COPY_LIMIT_MS } from './backup-line.js';
import type { SqliteDatabase } from './sqlite-database.js';

const OWNER_ONLY = 0o600;
const MOST_VISITORS = 16;

/**
 * Lets a command on this machine copy the store of a running service: on a local socket in the data directory
 * (`store.sock`, 0600; on Windows a named pipe), so that nobody speaks to it who could not read the store anyway. It
 * hands nothing out: it keeps the store's file still while the other process copies it, so that the event loop waits no
 * longer than for writing the log into the file once (tens of milliseconds). Keeps no process alive.
 */
export class BackupDesk {
  readonly #logger = new Logger('Storage');
  readonly #visitors = new Set<Socket>();
  readonly #server: Server;
  #lastTurn: Promise<void> = Promise.resolve();
  #turns = 0;

  private constructor(private readonly database: SqliteDatabase) {
    this.#server = createServer((socket) => {
      this.#visitors.add(socket.unref());
      socket.once('close', () => this.#visitors.delete(socket));
      void this.#serve(new BackupLine(socket));
    });
    this.#server.maxConnections = MOST_VISITORS;
  }

  /** Where no socket can be made, the service does without one and says so. */
  static async open(database: SqliteDatabase, dataDirectory: string): Promise<BackupDesk> {
    const desk = new BackupDesk(database);
    await desk.#listen(dataDirectory).catch((error: unknown) => {
      desk.#logger.warn(
        `Backups of the store work only while the service is stopped: ${(error as Error).message}`,
      );
    });
    return desk;
  }

  /** Whoever is still copying is told by the end of the connection. Repeating does nothing. */
  async close(): Promise<void> {
    for (const visitor of this.#visitors) visitor.destroy();
    if (this.#server.listening) {
      this.#server.close();
      await once(this.#server, 'close');
    }
    await this.#lastTurn;
  }

  async #listen(dataDirectory: string): Promise<void> {
    const address = backupAddress(dataDirectory);
    if (address === null) throw new Error('the path of the data directory is too long for a socket in it.');
    const isFile = process.platform !== 'win32';
    // The store is ours alone by now, so this was left by a process that was killed.
    if (isFile) rmSync(address, { force: true });
    this.#server.listen(address);
    await once(this.#server, 'listening');
    this.#server.on('error', (error) => {
      this.#logger.warn(`A backup of the store could not be begun: ${error.message}`);
    });
    this.#server.unref();
    if (isFile) chmodSync(address, OWNER_ONLY);
  }

  async #serve(line: BackupLine): Promise<void> {
    if ((await line.hear(ANSWER_WAIT_MS)) === BACKUP_WORDS.ask) {
      if (this.#turns > 0) line.say(BACKUP_WORDS.wait);
      this.#turns += 1;
      const turn = this.#lastTurn.then(() => this.#keepStillFor(line));
      this.#lastTurn = turn;
      await turn;
      this.#turns -= 1;
    }
    line.hangUp();
  }

  async #keepStillFor(line: BackupLine): Promise<void> {
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
