import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { SqliteAuthStateStore } from '../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { backUpStore } from '../../../src/storage/sqlite/maintenance/store-backup.js';
import { accepted, holdOf } from '../../contract/storage-subject.js';
import { eventually } from '../../support/eventually.js';
import { readGeneration } from './generation.js';
import { built, startProgram } from './programs.js';

/** A process that has the store open and writes one generation after the other (serving.program.ts). */
export class WritingService {
  last = 0;

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => {
      for (const number of chunk.toString().match(/\d+(?=\n)/g) ?? []) this.last = Number(number);
    });
  }

  /** Waits until so many more generations are acknowledged. */
  async writes(more: number): Promise<void> {
    const from = this.last;
    await eventually(
      () => this.last >= from + more,
      10_000,
      () => `stays at ${this.last}`,
    );
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** A directory for a store, and one for its backups. */
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

  /** What stands where the backups are. */
  names(): Promise<string[]> {
    return readdir(this.backups);
  }

  async serve({ cwd = process.cwd(), erasing = false } = {}): Promise<WritingService> {
    const args = [this.dataDirectory, ...(erasing ? ['erasing'] : [])];
    const service = new WritingService(startProgram('serving', args, { cwd }));
    this.#services.push(service);
    await service.writes(1);
    return service;
  }

  /** Makes a store that nobody has open. */
  async writeOnce(): Promise<void> {
    const database = await SqliteDatabase.open({ dataDirectory: this.dataDirectory });
    await (await new SqliteAuthStateStore(database).open(holdOf('sales'))).write(accepted('sales'));
    await database.close();
  }

  /** Makes a backup in this process. @returns `made`, or why not */
  backUp(...name: string[]): Promise<string> {
    return backUpStore({ dataDirectory: this.dataDirectory, file: this.file(...name) }).then(
      () => 'made',
      (error: unknown) => (error as Error).message,
    );
  }

  /** `npm run store -- …` */
  command(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const env = { ...this.environment, ...environment };
    return new Promise((resolve) => {
      execFile(process.execPath, [built('service/store.js'), ...args], { env }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
      });
    });
  }

  get environment(): NodeJS.ProcessEnv {
    return { PATH: process.env['PATH'], WHATSAPP_DATA_DIR: this.dataDirectory };
  }

  /** The generation in a service's data directory that holds nothing but the backup. */
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
