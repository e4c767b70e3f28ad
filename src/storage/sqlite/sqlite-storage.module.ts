import {
  type DynamicModule,
  type FactoryProvider,
  Logger,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ApiKeyStore } from '../../security/ports/api-key.store.js';
import { AuditTrailStore } from '../../security/ports/audit-trail.store.js';
import { StorageFailed } from '../../whatsapp/domain/errors.js';
import { AuthStateStore } from '../../whatsapp/ports/auth-state.store.js';
import { ConfigRepository } from '../../whatsapp/ports/config.repository.js';
import { BackupDesk } from './backup-desk.js';
import { removeDamagedTables } from './damaged-tables.js';
import { SqliteApiKeyStore } from './sqlite-api-key.store.js';
import { SqliteAuditTrailStore } from './sqlite-audit-trail.store.js';
import { SqliteAuthStateStore } from './sqlite-auth-state.store.js';
import { SqliteConfigRepository } from './sqlite-config.repository.js';
import { SqliteDatabase, type SqliteDatabaseOptions } from './sqlite-database.js';

export type SqliteStorageOptions = Omit<SqliteDatabaseOptions, 'asItIs'>;

export interface SqliteStorageAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...injected: never[]) => SqliteStorageOptions | Promise<SqliteStorageOptions>;
}

const OPTIONS = Symbol('SqliteStorageOptions');

const NOT_REMOVED =
  'What is left in the store of an erased account that was damaged could not be removed; the next start tries again. It needs as much free disk as the store has, and no other damaged account.';

/**
 * `AuthStateStore` and `ConfigRepository` on one SQLite file, `whatsapp.sqlite` in the data directory (0700, files 0600).
 *
 * The directory belongs to one process: from the creation of the application until its shutdown has finished. A second
 * one waits `lockWaitMs` (default 10,000), then its creation rejects with `StoreInUse`; a store of a newer version with
 * `StoreTooNew`, something that is no store with `StoreUnreadable`, all of them `StoreNotOpened`. The store is closed in
 * `onApplicationShutdown`, after everybody has flushed in `onModuleDestroy`: the host calls `app.close()` or
 * `enableShutdownHooks()`.
 *
 * While it is open, `store backup FILE` copies it (see BackupDesk).
 */
@Module({})
export class SqliteStorageModule implements OnApplicationShutdown {
  constructor(
    private readonly database: SqliteDatabase,
    private readonly backups: BackupDesk,
  ) {}

  /** @param options `dataDirectory`: path, created when it is missing; `lockWaitMs`: milliseconds */
  static forRoot(options: SqliteStorageOptions): DynamicModule {
    return SqliteStorageModule.forRootAsync({ useFactory: () => options });
  }

  /** The same options from a factory, for a host that reads its configuration itself. */
  static forRootAsync({ imports, inject, useFactory }: SqliteStorageAsyncOptions): DynamicModule {
    return {
      module: SqliteStorageModule,
      ...(imports && { imports }),
      providers: [
        { provide: OPTIONS, ...(inject && { inject }), useFactory },
        {
          provide: SqliteDatabase,
          inject: [OPTIONS],
          useFactory: async (options: SqliteStorageOptions) => {
            const database = await SqliteDatabase.open(options);
            if (!removeDamagedTables(database)) new Logger('Storage').warn(NOT_REMOVED);
            return database;
          },
        },
        {
          provide: BackupDesk,
          inject: [SqliteDatabase, OPTIONS],
          useFactory: (database: SqliteDatabase, { dataDirectory }: SqliteStorageOptions) =>
            BackupDesk.open(database, dataDirectory),
        },
        {
          provide: AuthStateStore,
          inject: [SqliteDatabase],
          useFactory: (database: SqliteDatabase) => new SqliteAuthStateStore(database),
        },
        {
          provide: ConfigRepository,
          inject: [SqliteDatabase],
          useFactory: (database: SqliteDatabase) => new SqliteConfigRepository(database),
        },
        {
          provide: ApiKeyStore,
          inject: [SqliteDatabase],
          useFactory: (database: SqliteDatabase) => new SqliteApiKeyStore(database),
        },
        {
          provide: AuditTrailStore,
          inject: [SqliteDatabase],
          useFactory: (database: SqliteDatabase) => new SqliteAuditTrailStore(database),
        },
      ],
      exports: [AuthStateStore, ConfigRepository, ApiKeyStore, AuditTrailStore],
    };
  }

  /** A disk that refuses the last cleaning up is no reason to end badly: nothing is lost by it. */
  async onApplicationShutdown(): Promise<void> {
    await this.backups.close();
    try {
      await this.database.close();
    } catch (error) {
      if (!(error instanceof StorageFailed)) throw error;
      const { message } = error.cause as Error;
      new Logger('Storage').warn(
        `The store could not be put in order at the end (${message}). Nothing is lost: the next start does it. Look at the disk.`,
      );
    }
  }
}
