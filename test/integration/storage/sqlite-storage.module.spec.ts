import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Logger, Module, type OnModuleDestroy } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LocalModule } from '../../../src/local/local.module.js';
import { StoreInUse } from '../../../src/storage/sqlite/database/sqlite-database.errors.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { SqliteStorageModule } from '../../../src/storage/sqlite/sqlite-storage.module.js';
import type { SqliteStorageOptions } from '../../../src/storage/sqlite/sqlite-storage.module.js';
import { rekeyStore } from '../../../src/storage/sqlite/maintenance/store-rekey.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import { AccountLeases } from '../../../src/whatsapp/ports/account-leases.js';
import { AuthStateStore } from '../../../src/whatsapp/ports/auth-state.store.js';
import { Clock } from '../../../src/whatsapp/ports/clock.js';
import { ConfigRepository } from '../../../src/whatsapp/ports/config.repository.js';
import { PairingSlots } from '../../../src/whatsapp/ports/pairing-slots.js';
import { id } from '../../contract/storage-subject.js';

const KEY = Buffer.alloc(32, 'k');

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'whatsapp-store-'));
});
afterEach(async () => {
  await rm(dataDirectory, { recursive: true });
});

@Injectable()
class FlushesLate implements OnModuleDestroy {
  constructor(private readonly config: ConfigRepository) {}

  async onModuleDestroy(): Promise<void> {
    await this.config.saveSetting('flushed', 'late');
  }
}

describe('SqliteStorageModule', () => {
  it('SqliteStorageModule provides both ports on one store, and closes it after all other providers have flushed', async () => {
    for (const expected of [null, 'late']) {
      const app = await Test.createTestingModule({
        imports: [SqliteStorageModule.forRoot({ dataDirectory, lockWaitMs: 0 })],
        providers: [FlushesLate],
      }).compile();
      await app.init();
      expect(await app.get(AuthStateStore, { strict: false }).load(id('sales'))).toBeNull();
      expect(await app.get(ConfigRepository, { strict: false }).setting('flushed')).toBe(expected);
      await app.close();
    }
  });

  it('SqliteStorageModule logs at the start that a store is not encrypted', async () => {
    const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const note = async (options: SqliteStorageOptions): Promise<boolean> => {
      log.mockClear();
      const app = await Test.createTestingModule({
        imports: [SqliteStorageModule.forRoot({ ...options, lockWaitMs: 0 })],
      }).compile();
      await app.close();
      return log.mock.calls.flat().join().includes('The store is not encrypted');
    };
    expect(await note({ dataDirectory })).toBe(true);
    await rekeyStore({ dataDirectory, from: null, to: KEY });
    expect(await note({ dataDirectory, encryptionKey: KEY })).toBe(false);
    log.mockRestore();
  });

  it('SqliteStorageModule accepts options from a factory', async () => {
    const Directory = Symbol('Directory');
    @Module({ providers: [{ provide: Directory, useValue: dataDirectory }], exports: [Directory] })
    class Settings {}
    const app = await Test.createTestingModule({
      imports: [
        SqliteStorageModule.forRootAsync({
          imports: [Settings],
          inject: [Directory],
          useFactory: (directory: string) => ({ dataDirectory: directory }),
        }),
      ],
    }).compile();
    await app.init();
    expect(await app.get(ConfigRepository, { strict: false }).setting('a')).toBeNull();
    await app.close();
  });

  it('the shutdown succeeds with a warning when the disk refuses the cleanup of the store', async () => {
    const app = await Test.createTestingModule({
      imports: [SqliteStorageModule.forRoot({ dataDirectory, lockWaitMs: 0 })],
    }).compile();
    await app.init();
    const database = app.get(SqliteDatabase, { strict: false });
    const close = database.close.bind(database);
    database.close = () => Promise.reject(new StorageFailed({ cause: new Error('disk I/O error') }));
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await app.close();
    expect(warn.mock.calls.flat().join()).toMatch(/disk I\/O error.*No data is lost/);
    warn.mockRestore();
    await close();
  });

  it('SqliteStorageModule does not start on a store that is in use', async () => {
    const module = SqliteStorageModule.forRoot({ dataDirectory, lockWaitMs: 0 });
    const app = await Test.createTestingModule({ imports: [module] }).compile();
    await app.init();
    const second = SqliteStorageModule.forRoot({ dataDirectory, lockWaitMs: 0 });
    await expect(Test.createTestingModule({ imports: [second] }).compile()).rejects.toThrow(StoreInUse);
    await app.close();
  });
});

describe('LocalModule', () => {
  it('LocalModule provides leases, slots and clock', async () => {
    const app = await Test.createTestingModule({
      imports: [LocalModule.forRoot({ maxPairingSessions: 1 })],
    }).compile();
    const lease = await app.get(AccountLeases, { strict: false }).acquire(id('sales'));
    const slots = app.get(PairingSlots, { strict: false });
    const expiresAtMs = app.get(Clock, { strict: false }).monotonicMs() + 60_000;
    expect(await slots.take(lease, expiresAtMs)).toEqual({ taken: true });
    expect(await slots.take({ accountId: id('support') }, expiresAtMs)).toMatchObject({ taken: false });
    await app.close();
  });
});
