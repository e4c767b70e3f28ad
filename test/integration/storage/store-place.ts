import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteAuthStateStore } from '../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { accepted, hex, holdOf, id } from '../../contract/storage-subject.js';
import type { Program } from '../../support/processes/program.js';
import { startProgram } from './programs/programs.js';

/** The key of the store. Null: the store is not encrypted. */
export type Key = Uint8Array | null;

export const KEY = Buffer.alloc(32, 'k');
export const OTHER = Buffer.alloc(32, 'o');

/** The text of the credentials of `sales`. */
export const SECRET = 'a secret of sales';

/** A temporary directory with a data directory, and the processes that use it. */
export class StorePlace {
  readonly dataDirectory: string;
  readonly file: string;
  readonly #children: Program[] = [];

  private constructor(readonly parent: string) {
    this.dataDirectory = join(parent, 'data');
    this.file = join(this.dataDirectory, 'whatsapp.sqlite');
  }

  static async create(): Promise<StorePlace> {
    return new StorePlace(await mkdtemp(join(tmpdir(), 'whatsapp-store-')));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.kill()));
    await rm(this.parent, { recursive: true });
  }

  /** Starts a program of this folder on the store. */
  start(name: string, ...args: string[]): Program {
    const child = startProgram(name, [this.dataDirectory, ...args]);
    this.#children.push(child);
    return child;
  }

  open(key: Key, dataDirectory = this.dataDirectory): Promise<SqliteDatabase> {
    return SqliteDatabase.open({ dataDirectory, lockWaitMs: 0, ...(key && { encryptionKey: key }) });
  }

  async write(key: Key): Promise<void> {
    const database = await this.open(key);
    await (await new SqliteAuthStateStore(database).open(holdOf('sales'))).write(accepted(SECRET));
    await database.close();
  }

  async credentials(key: Key, dataDirectory = this.dataDirectory): Promise<string | null> {
    const database = await this.open(key, dataDirectory);
    const found = await new SqliteAuthStateStore(database).load(id('sales'));
    await database.close();
    return found && Buffer.from(found).toString();
  }

  /** Returns the content of every file in hex, by name. */
  async files(): Promise<Record<string, string | null>> {
    const names = await readdir(this.dataDirectory);
    return Object.fromEntries(
      await Promise.all(
        names.map(async (name) => [name, hex(await readFile(join(this.dataDirectory, name)))] as const),
      ),
    );
  }
}
