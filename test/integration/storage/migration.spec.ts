import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteAuthStateStore } from '../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteConfigRepository } from '../../../src/storage/sqlite/stores/sqlite-config.repository.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { rekeyStore } from '../../../src/storage/sqlite/maintenance/store-rekey.js';
import { SCHEMA_VERSION } from '../../../src/storage/sqlite/database/sqlite-schema.js';
import type { Connector } from '../../../src/whatsapp/domain/account.js';
import { holdOf, id, ids } from '../../contract/storage-subject.js';

/*
 * The release whose store had version 1 wrote version-1.sqlite. It contains `sales`, `Sales`, `__proto__` and
 * `no-connector` with credentials and `keys-only` without, each with a session and a pre-key. `gone` was erased.
 * `sales` has failed; `sales` and `Sales` are parked.
 */
const VERSION_1 = 'test/integration/storage/version-1.sqlite';

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'whatsapp-store-'));
  await copyFile(VERSION_1, join(dataDirectory, 'whatsapp.sqlite'));
});
afterEach(async () => {
  await rm(dataDirectory, { recursive: true });
});

const at = (second: number): Date => new Date(`2026-01-02T03:04:0${second}.678Z`);
const connector = (accountId: string, number: number, rest: Partial<Connector> = {}): Connector => ({
  accountId: id(accountId),
  phone: `49170000000${number}`,
  linkedAt: at(number),
  confirmedAt: null,
  lastConnectedAt: null,
  unlinkedAt: null,
  lastError: null,
  parked: null,
  ...rest,
});

describe('a store of version 1', () => {
  it.each([
    ['not encrypted', null],
    ['encrypted', randomBytes(32)],
  ])('a store of version 1 is migrated completely, %s, and stays migrated', async (_how, key) => {
    if (key) await rekeyStore({ dataDirectory, from: null, to: key });
    const options = { dataDirectory, ...(key && { encryptionKey: key }) };
    for (const _ of ['taken over', 'opened again']) {
      const database = await SqliteDatabase.open(options);
      const store = new SqliteAuthStateStore(database);
      const config = new SqliteConfigRepository(database);
      expect(database.get('PRAGMA user_version')).toEqual({ user_version: SCHEMA_VERSION });
      expect(database.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      expect(database.all('PRAGMA foreign_key_check')).toEqual([]);
      expect(await store.linked({ after: null, limit: 10 })).toEqual(
        ids('Sales', '__proto__', 'no-connector', 'sales'),
      );
      for (const name of ['sales', 'Sales', '__proto__', 'keys-only', 'no-connector']) {
        const credentials = await store.load(id(name));
        expect(credentials && Buffer.from(credentials).toString()).toBe(
          name === 'keys-only' ? null : `credentials of ${name}`,
        );
        const reader = await store.open(holdOf(name));
        const [session] = (await reader.read('session', ['a'])).values();
        const [preKey] = (await reader.read('pre-key', ['1'])).values();
        expect([session, preKey].map((value) => Buffer.from(value ?? []).toString())).toEqual([
          `session a of ${name}`,
          `pre-key 1 of ${name}`,
        ]);
      }
      expect(await config.list({ after: null, limit: 10 })).toEqual([
        connector('Sales', 2, { confirmedAt: at(6), parked: { until: null } }),
        connector('__proto__', 3),
        connector('sales', 1, {
          confirmedAt: at(6),
          lastConnectedAt: at(7),
          lastError: {
            code: 'temporarily_banned',
            message: 'Gesperrt – „bis morgen“',
            userAction: 'retry_later',
          },
          parked: { until: at(8) },
        }),
      ]);
      expect(await config.setting('session-probe')).toBe('kept');
      expect(await config.unconfirmedLogouts({ after: null, limit: 10 })).toEqual([]);
      await database.close();
    }
  });

  it('the number of a table is never given to a second account', async () => {
    const database = await SqliteDatabase.open({ dataDirectory });
    const writer = await new SqliteAuthStateStore(database).open(holdOf('new'));
    await writer.write({ credentials: Buffer.from('new') });
    const { number } = database.get("SELECT number FROM account WHERE id = 'new'") ?? {};
    expect(number).toBe(7);
    await database.close();
  });
});
