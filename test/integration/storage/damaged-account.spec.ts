import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { removeDamagedTables } from '../../../src/storage/sqlite/stores/damaged-tables.js';
import { SqliteStorageModule } from '../../../src/storage/sqlite/sqlite-storage.module.js';
import { AuthStateCorrupt } from '../../../src/whatsapp/domain/errors.js';
import { SqliteSubject } from '../../contract/sqlite-subject.js';
import { accepted, hex, id, ids, writerOf } from '../../contract/storage-subject.js';
import { found } from './store-files.js';

const NAMES = ['first', 'damaged', 'last'];
const PAGE_BYTES = 4_096;
const KEYS = 400;

let subject: SqliteSubject;
/** The secrets of each account: 3,000 bytes of credentials, then the values of its keys. */
let secrets: Record<string, Buffer[]>;
beforeEach(async () => {
  subject = await SqliteSubject.create();
  secrets = {};
  for (const name of NAMES) {
    const values = [randomBytes(3_000), ...Array.from({ length: KEYS }, () => randomBytes(70))];
    const [credentials, ...keys] = values as [Buffer, ...Buffer[]];
    secrets[name] = values;
    await (
      await writerOf(subject, name)
    ).write({
      ...accepted(name, `49170000000${NAMES.indexOf(name)}`),
      credentials,
      keys: keys.map((value, index) => ({ type: 'pre-key', id: String(index), value })),
    });
  }
});
afterEach(async () => {
  await subject.dispose();
});

/** Returns the pages of the account's table: the root first, a leaf last. */
function pages(name: string): number[] {
  const number = subject.database.get('SELECT number FROM account WHERE id = ?', [name])?.['number'];
  return subject.database
    .all("SELECT pageno FROM dbstat WHERE name = ? ORDER BY path <> '/', pagetype = 'leaf', path", [
      `auth_state_${String(number)}`,
    ])
    .map(({ pageno }) => pageno as number);
}

/** Overwrites pages of the file while the store is closed, as a bad disk would. */
async function damage(damaged: readonly number[]): Promise<void> {
  await subject.database.close();
  const file = await open(`${subject.dataDirectory}/whatsapp.sqlite`, 'r+');
  for (const page of damaged) {
    await file.write(randomBytes(PAGE_BYTES), 0, PAGE_BYTES, (page - 1) * PAGE_BYTES);
  }
  await file.close();
  await subject.reopen();
}

async function othersAreWhole(): Promise<void> {
  for (const name of ['first', 'last']) {
    const [credentials, ...keys] = secrets[name] ?? [];
    expect(hex(await subject.store.load(id(name)))).toBe(hex(credentials));
    const stored = await (
      await writerOf(subject, name)
    ).read(
      'pre-key',
      keys.map((_, index) => String(index)),
    );
    expect([...stored.values()].map(hex)).toEqual(keys.map(hex));
    expect((await subject.config.find(id(name)))?.phone).toBe(`49170000000${NAMES.indexOf(name)}`);
  }
}

/** Returns the indexes of the account's values that are still in the files, found by the start of each value. */
const left = (name: string): number[] =>
  found(
    subject.dataDirectory,
    (secrets[name] ?? []).map((value) => value.subarray(0, 16)),
  );

describe('an account whose pages in the file are damaged', () => {
  it('a damaged account is corrupt, and the other accounts are intact', async () => {
    await damage(pages('damaged').slice(0, 1));
    await expect(subject.store.load(id('damaged'))).rejects.toBeInstanceOf(AuthStateCorrupt);
    const reader = await writerOf(subject, 'damaged');
    await expect(reader.read('pre-key', ['1'])).rejects.toBeInstanceOf(AuthStateCorrupt);
    expect(await subject.store.linked({ after: null, limit: 10 })).toEqual(ids('damaged', 'first', 'last'));
    const connectors = await subject.config.list({ after: null, limit: 10 });
    expect(connectors.map(({ accountId, phone }) => [accountId, phone])).toEqual([
      ['damaged', null],
      ['first', '491700000000'],
      ['last', '491700000002'],
    ]);
    await othersAreWhole();
  });

  it.each(['its root', 'all but its root'])(
    'an account with damaged pages (%s) can be erased and linked again, and the next start removes the remains',
    async (which) => {
      const [root = 0, ...others] = pages('damaged');
      await damage(which === 'its root' ? [root] : others);
      const writer = await writerOf(subject, 'damaged');
      await writer.erase();
      expect(await subject.store.load(id('damaged'))).toBeNull();
      expect(await subject.config.find(id('damaged'))).toBeNull();
      await writer.write(accepted('again'));
      // The keys are in pages that no other page refers to.
      if (which === 'its root') expect(left('damaged').length).toBeGreaterThan(KEYS / 2);

      await subject.database.close();
      const { dataDirectory } = subject;
      const module = SqliteStorageModule.forRoot({ dataDirectory, lockWaitMs: 0 });
      await (await Test.createTestingModule({ imports: [module] }).compile()).close();
      await subject.reopen();
      expect(left('damaged')).toEqual([]);
      expect(subject.database.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      expect(hex(await subject.store.load(id('damaged')))).toBe(hex(Buffer.from('again')));
      await othersAreWhole();
    },
  );

  it('an account with a damaged page of keys loses its credentials at once when it is erased', async () => {
    const holding = pages('damaged').slice(1);
    // The last leaf holds the keys with the largest names.
    await damage(holding.slice(-1));
    expect(hex(await subject.store.load(id('damaged')))).toBe(hex(secrets['damaged']?.[0]));
    await (await writerOf(subject, 'damaged')).erase();
    expect(left('damaged')).not.toContain(0);
    await othersAreWhole();
  });

  it('an erased account stays erased when the file cannot be rewritten, and the next start tries again', async () => {
    await damage(pages('damaged').slice(0, 1));
    await (await writerOf(subject, 'damaged')).erase();
    await subject.reopen();
    const script = subject.database.script.bind(subject.database);
    await subject.whileFull(async () => {
      // Instead of VACUUM, a statement that writes too much.
      subject.database.script = (sql) => {
        script(sql === 'VACUUM' ? 'CREATE TABLE large AS SELECT randomblob(1000000)' : sql);
      };
      expect(removeDamagedTables(subject.database)).toBe(false);
      await othersAreWhole();
    });
    subject.database.script = script;
    expect(left('damaged').length).toBeGreaterThan(KEYS / 2);
    await subject.reopen();
    expect(removeDamagedTables(subject.database)).toBe(true);
    expect(left('damaged')).toEqual([]);
    await othersAreWhole();
  });
});
