import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteAuthStateStore } from '../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteConfigRepository } from '../../src/storage/sqlite/stores/sqlite-config.repository.js';
import { SqliteDatabase } from '../../src/storage/sqlite/database/sqlite-database.js';
import type { AccountId } from '../../src/whatsapp/domain/account-id.js';
import type { StorageSubject } from './storage-subject.js';

const NO_LIMIT = 4_294_967_294;
const FREE_PAGES = 8;

/** The SQLite store in a temporary directory, for the contracts of a storage. */
export class SqliteSubject implements StorageSubject {
  store!: SqliteAuthStateStore;
  config!: SqliteConfigRepository;
  database!: SqliteDatabase;

  private constructor(
    readonly dataDirectory: string,
    readonly encryptionKey: Uint8Array | null,
  ) {}

  static async create(encryptionKey: Uint8Array | null = null): Promise<SqliteSubject> {
    const subject = new SqliteSubject(await mkdtemp(join(tmpdir(), 'whatsapp-store-')), encryptionKey);
    await subject.#open();
    return subject;
  }

  async reopen(): Promise<void> {
    await this.database.close();
    await this.#open();
  }

  damageCredentials(accountId: AccountId): Promise<void> {
    const table = `auth_state_${String(this.database.get('SELECT number FROM account WHERE id = ?', [accountId])?.['number'])}`;
    const value = this.database.get(`SELECT value FROM ${table} WHERE part = 0`)?.['value'] as Buffer;
    value.writeUInt8(value.readUInt8(value.length - 1) ^ 1, value.length - 1);
    this.database.run(`UPDATE ${table} SET value = ? WHERE part = 0`, [value]);
    return Promise.resolve();
  }

  async whileFull(work: () => Promise<void>): Promise<void> {
    const pages = Number(this.database.get('PRAGMA page_count')?.['page_count']);
    // A few pages are free, so that a write fails in its middle.
    this.database.get(`PRAGMA max_page_count = ${pages + FREE_PAGES}`);
    await work();
    this.database.get(`PRAGMA max_page_count = ${NO_LIMIT}`);
  }

  async dispose(): Promise<void> {
    await this.database.close();
    await rm(this.dataDirectory, { recursive: true });
  }

  async #open(): Promise<void> {
    const { dataDirectory, encryptionKey } = this;
    this.database = await SqliteDatabase.open({ dataDirectory, ...(encryptionKey && { encryptionKey }) });
    this.store = new SqliteAuthStateStore(this.database);
    this.config = new SqliteConfigRepository(this.database);
  }
}
