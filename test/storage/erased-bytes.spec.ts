import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StorageFailed } from '../../src/whatsapp/domain/errors.js';
import type { AuthStateWriter, KeyChange } from '../../src/whatsapp/ports/auth-state.store.js';
import { SqliteSubject } from '../contract/sqlite-subject.js';
import { writerOf } from '../contract/storage-subject.js';
import { found } from './store-files.js';

let subject: SqliteSubject;
beforeEach(async () => {
  subject = await SqliteSubject.create();
});
afterEach(async () => {
  await subject.dispose();
});

/** The beginning and the end of a value: either alone would be too much. */
const needles = (values: readonly Uint8Array[]): Uint8Array[] =>
  values.flatMap((value) => [value.subarray(0, 16), value.subarray(-16)]);

class Account {
  readonly secrets: Uint8Array[] = [];

  constructor(
    readonly writer: AuthStateWriter,
    readonly phone: string,
  ) {}

  secret(length: number): Uint8Array {
    const value = randomBytes(length);
    this.secrets.push(value);
    return value;
  }

  async link(): Promise<void> {
    await this.writer.write({
      credentials: Buffer.concat([Buffer.from(`+${this.phone}+`), this.secret(3_000)]),
      connector: { phone: this.phone, linkedAt: new Date() },
      powerSafe: true,
    });
  }

  /** Sizes from a session record to one that needs pages of its own; ids that come again are replaced. */
  async writeKeys(count: number): Promise<void> {
    const keys = Array.from({ length: count }, (): KeyChange => {
      const length = Math.random() < 0.05 ? 5_000 : 60 + Math.floor(Math.random() * 400);
      return {
        type: Math.random() < 0.5 ? 'session' : 'pre-key',
        id: String(Math.floor(Math.random() * 300)),
        value: this.secret(length),
      };
    });
    await this.writer.write({ keys });
  }
}

async function linkedAccounts(count: number): Promise<Account[]> {
  const accounts: Account[] = [];
  for (let index = 0; index < count; index++) {
    const account = new Account(await writerOf(subject, `account-${index}`), `49170${1_000_000 + index}`);
    await account.link();
    accounts.push(account);
  }
  return accounts;
}

describe('erasing an account', () => {
  it('leaves none of its bytes in any file of the store, also of those that were replaced before', async () => {
    const accounts = await linkedAccounts(8);
    for (let round = 0; round < 250; round++) {
      await accounts[Math.floor(Math.random() * accounts.length)]?.writeKeys(10);
    }
    const [last, ...others] = accounts as [Account, ...Account[]];
    expect(found(subject.dataDirectory, needles(last.secrets)).length).toBeGreaterThan(100);
    for (const account of others) {
      await account.writer.erase();
      expect(found(subject.dataDirectory, needles(account.secrets))).toEqual([]);
      expect(found(subject.dataDirectory, [Buffer.from(account.phone)])).toEqual([]);
    }
    expect(found(subject.dataDirectory, [Buffer.from(last.phone)])).toEqual([0]);
  });

  it('does so for many that are erased at once, while others write', async () => {
    const accounts = await linkedAccounts(20);
    await Promise.all(accounts.map((account) => account.writeKeys(50)));
    const erased = accounts.filter((_, index) => index % 2 === 0);
    await Promise.all(
      accounts.map((account) => (erased.includes(account) ? account.writer.erase() : account.writeKeys(50))),
    );
    expect(found(subject.dataDirectory, needles(erased.flatMap(({ secrets }) => secrets)))).toEqual([]);
  });

  it('cleans up with the next erase when emptying the log has failed', async () => {
    const [account, other] = (await linkedAccounts(2)) as [Account, Account];
    await account.writeKeys(50);
    const { database } = subject;
    const get = database.get.bind(database);
    database.get = (sql, values) => (sql.includes('wal_checkpoint') ? { busy: 1 } : get(sql, values));
    await expect(account.writer.erase()).rejects.toBeInstanceOf(StorageFailed);
    database.get = get;
    expect(found(subject.dataDirectory, needles(account.secrets))).not.toEqual([]);
    await account.writer.erase();
    expect(found(subject.dataDirectory, needles(account.secrets))).toEqual([]);
    expect(found(subject.dataDirectory, needles(other.secrets))).not.toEqual([]);
  });
});
