import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { SqliteAuthStateStore } from '../../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../../../src/storage/sqlite/database/sqlite-database.js';
import { backUpStore } from '../../../../src/storage/sqlite/maintenance/store-backup.js';
import { accepted, holdOf } from '../../../contract/storage-subject.js';
import { eventually } from '../../../support/eventually.js';
import { Program } from '../../../support/processes/program.js';
import { readGeneration } from '../generation.js';

/** A process that has the store open and writes one generation after another (serving.program.ts). */
export class WritingService extends Program {
  /** The last acknowledged generation. */
  get last(): number {
    return Number(this.lines.at(-1) ?? 0);
  }

  /** Waits until this number of further generations is acknowledged. */
  async writes(more: number): Promise<void> {
    const from = this.last;
    await eventually(
      () => this.last >= from + more,
      10_000,
      () => `the last acknowledged generation is ${this.last}, and ${from + more} was expected`,
    );
  }
}

/** The exit code of a command, and its output. */
interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Temporary directories for a store and its backups, and the processes that use them. */
export class BackupPlace {
  readonly #services: WritingService[] = [];

  private constructor(
    readonly parent: string,
    readonly backups: string,
    public dataDirectory: string,
  ) {}

  static async create(): Promise<BackupPlace> {
    const parent = await mkdtemp(join(tmpdir(), 'whatsapp-store-'));
    const place = new BackupPlace(parent, join(parent, 'backups'), join(parent, 'data'));
    await mkdir(place.backups);
    return place;
  }

  async dispose(): Promise<void> {
    for (const service of this.#services) await service.kill();
    await rm(this.parent, { recursive: true });
  }

  file(...name: string[]): string {
    return join(this.backups, ...name);
  }

  /** Returns the names in the directory for backups. */
  names(): Promise<string[]> {
    return readdir(this.backups);
  }

  async serve({ cwd = process.cwd(), erasing = false } = {}): Promise<WritingService> {
    const args = [this.dataDirectory, ...(erasing ? ['erasing'] : [])];
    const service = new WritingService('dist/test/integration/storage/programs/serving.program.js', {
      args,
      cwd,
    });
    this.#services.push(service);
    await service.writes(1);
    return service;
  }

  /** Creates a store that no process has open. */
  async writeOnce(): Promise<void> {
    const database = await SqliteDatabase.open({ dataDirectory: this.dataDirectory });
    await (await new SqliteAuthStateStore(database).open(holdOf('sales'))).write(accepted('sales'));
    await database.close();
  }

  /** Makes a backup in this process. @returns `made`, or the message of the error */
  backUp(...name: string[]): Promise<string> {
    return backUpStore({ dataDirectory: this.dataDirectory, file: this.file(...name) }).then(
      () => 'made',
      (error: unknown) => (error as Error).message,
    );
  }

  /** Runs `npm run store -- …` to its end. */
  async command(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const command = this.start(args, environment);
    return { code: await command.exit(), output: command.output };
  }

  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Program {
    return new Program('dist/service/store.js', {
      args,
      environment: { WHATSAPP_DATA_DIR: this.dataDirectory, ...environment },
    });
  }

  /** Restores the backup into an empty data directory. @returns its generation */
  async restored(...name: string[]): Promise<number> {
    const directory = await mkdtemp(join(this.parent, 'restored-'));
    await copyFile(this.file(...name), join(directory, 'whatsapp.sqlite'));
    return readGeneration(directory);
  }
}

export const WRITTEN = { code: 0, output: expect.stringContaining('Backed up the store to') as unknown };
export const refused = (reason: string | RegExp): { code: number; output: unknown } => ({
  code: 1,
  output: expect.stringMatching(reason),
});
