import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqlitePageLinkStore } from '../../../../src/storage/sqlite/stores/sqlite-page-link.store.js';
import { StorageFailed } from '../../../../src/whatsapp/domain/errors.js';
import type { PhoneNumber } from '../../../../src/whatsapp/domain/phone-number.js';
import type { AuthStateWriter, KeyChange } from '../../../../src/whatsapp/ports/auth-state.store.js';
import { SqliteSubject } from '../../../contract/sqlite-subject.js';
import { id, writerOf } from '../../../contract/storage-subject.js';
import { found } from '../store-files.js';

let subject: SqliteSubject;
beforeEach(async () => {
  subject = await SqliteSubject.create();
});
afterEach(async () => {
  await subject.dispose();
});

/** Returns the start and the end of each value: neither may stay in a file. */
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

  /** Writes keys of random sizes, from a session record to one that needs overflow pages. Repeated ids are replaced. */
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

describe('the erasure of an account', () => {
  it('no file of the store contains bytes of an erased account, also not of values that were replaced', async () => {
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

  it('no file contains bytes of accounts that are erased at once while other accounts write', async () => {
    const accounts = await linkedAccounts(20);
    await Promise.all(accounts.map((account) => account.writeKeys(50)));
    const erased = accounts.filter((_, index) => index % 2 === 0);
    await Promise.all(
      accounts.map((account) => (erased.includes(account) ? account.writer.erase() : account.writeKeys(50))),
    );
    expect(found(subject.dataDirectory, needles(erased.flatMap(({ secrets }) => secrets)))).toEqual([]);
  });

  it('the decrypted pages of an encrypted store contain no bytes of an erased account, and the log is empty', async () => {
    await subject.dispose();
    subject = await SqliteSubject.create(randomBytes(32));
    const [account, other] = (await linkedAccounts(2)) as [Account, Account];
    for (let round = 0; round < 50; round++) {
      for (const one of [account, other]) await one.writeKeys(10);
    }
    const inPages = ({ secrets }: Account): Uint8Array[] => {
      const rows = subject.database.all('SELECT data FROM sqlite_dbpage');
      const pages = Buffer.concat(rows.map(({ data }) => Buffer.from(data as Uint8Array)));
      return needles(secrets).filter((needle) => pages.includes(Buffer.from(needle)));
    };
    expect(inPages(account).length).toBeGreaterThan(100);
    await account.writer.erase();
    expect(inPages(account)).toEqual([]);
    expect(inPages(other).length).toBeGreaterThan(100);
    expect((await stat(join(subject.dataDirectory, 'whatsapp.sqlite-wal'))).size).toBe(0);
    expect(found(subject.dataDirectory, needles(other.secrets))).toEqual([]);
  });

  it('the next erasure cleans up when emptying the log has failed', async () => {
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

describe('the removal of old page links', () => {
  it('no file of the store contains phone numbers of removed links', async () => {
    const links = new SqlitePageLinkStore(subject.database);
    const now = new Date();
    const soon = new Date(now.getTime() + 60_000);
    const forgotten: Buffer[] = [];
    const kept: Buffer[] = [];
    // With these lengths and this order SQLite moves rows between pages, so deleting rows alone would leave a number.
    for (let number = 0; number < 100; number++) {
      const phone = String(4_917_000_000_000 + number);
      const isOld = (number * 5) % 7 < 3;
      (isOld ? forgotten : kept).push(Buffer.from(phone));
      await links.add({
        id: String(number).padStart(8, '0'),
        accountId: id(`account-${number}`),
        hash: 'h'.repeat(68),
        expectedPhone: phone as PhoneNumber,
        returnUrl: number % 3 === 0 ? `https://app.example.com/${'x'.repeat((number * 29) % 900)}` : null,
        createdBy: null,
        createdAt: now,
        expiresAt: isOld ? new Date(0) : soon,
        ended: null,
      });
      if (number % 20 < 19) continue;
      await links.forgetBefore(now);
      expect(found(subject.dataDirectory, forgotten)).toEqual([]);
    }
    expect(found(subject.dataDirectory, kept)).toHaveLength(kept.length);
    expect(await links.list()).toHaveLength(kept.length);
  });
});
