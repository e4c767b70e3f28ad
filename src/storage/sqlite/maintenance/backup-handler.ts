import { Logger } from '@nestjs/common';
import PQueue from 'p-queue';
import type { ControlAnswer, ControlRequest } from '../../../control-socket/control-request.js';
import type { ControlServer } from '../../../control-socket/control-server.js';
import type { FileFreeze } from '../database/write-ahead-log.js';
import type { SqliteDatabase } from '../database/sqlite-database.js';
import { causeMessage } from '../../../whatsapp/domain/cause-of.js';

/**
 * `POST` for a command that copies the store of the running service. 102: another copy is being made. 100: the file is
 * frozen, so the command copies it and then ends its request. 200 with `BackupAnswer`: the copy was made. 500: the file
 * could not be frozen. A connection that is closed ends the freeze.
 */
export const BACKUP_PATH = '/v1/backup';

export interface BackupAnswer {
  /** Whether the file was unchanged the whole time. Otherwise the copy is useless. */
  readonly kept: boolean;
}

/** How long a copy may take. Meanwhile the log of the store grows. */
export const COPY_LIMIT_MS = 120_000;

/**
 * Lets a command copy the store of the running service. The service sends no data; it freezes the store's file while
 * the command copies it. The event loop waits only while the log is written into the file once (tens of milliseconds).
 */
export class BackupHandler {
  private readonly logger = new Logger('Storage');
  private readonly copies = new PQueue({ concurrency: 1 });

  private constructor(private readonly database: SqliteDatabase) {}

  static register(controlServer: ControlServer, database: SqliteDatabase): void {
    const handler = new BackupHandler(database);
    controlServer.handle(BACKUP_PATH, (request) => handler.handle(request));
  }

  private handle(request: ControlRequest): Promise<ControlAnswer> {
    if (this.copies.pending > 0) request.reportQueued();
    return this.copies.add(() => this.freezeFor(request));
  }

  private async freezeFor(request: ControlRequest): Promise<ControlAnswer> {
    request.assertOpen();
    const freeze = this.freezeFile();
    if (freeze === null) return { status: 500, body: '' };
    try {
      await request.body(COPY_LIMIT_MS);
      const answer: BackupAnswer = { kept: freeze.kept };
      if (answer.kept) this.logger.log('The store was copied for a backup.');
      return { status: 200, body: JSON.stringify(answer) };
    } finally {
      freeze.end();
    }
  }

  private freezeFile(): FileFreeze | null {
    try {
      return this.database.freezeFile();
    } catch (error) {
      this.logger.warn(`A backup of the store failed: ${causeMessage(error)}`);
      return null;
    }
  }
}
