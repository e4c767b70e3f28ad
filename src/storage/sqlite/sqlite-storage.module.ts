import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ApiKeyStore } from '../../security/ports/api-key.store.js';
import { AuditTrailStore } from '../../security/ports/audit-trail.store.js';
import { PageLinkStore } from '../../security/ports/page-link.store.js';
import { StorageFailed } from '../../whatsapp/domain/errors.js';
import { AuthStateStore } from '../../whatsapp/ports/auth-state.store.js';
import { ConfigRepository } from '../../whatsapp/ports/config.repository.js';
import { BackupHandler } from './maintenance/backup-handler.js';
import { removeDamagedTables } from './stores/damaged-tables.js';
import { ControlServer } from '../../control-socket/control-server.js';
import { SqliteApiKeyStore } from './stores/sqlite-api-key.store.js';
import { SqliteAuditTrailStore } from './stores/sqlite-audit-trail.store.js';
import { SqliteAuthStateStore } from './stores/sqlite-auth-state.store.js';
import { SqliteConfigRepository } from './stores/sqlite-config.repository.js';
import { SqliteDatabase, type SqliteDatabaseOptions } from './database/sqlite-database.js';
import { SqlitePageLinkStore } from './stores/sqlite-page-link.store.js';
import { causeMessage } from '../../whatsapp/domain/cause-of.js';

export type SqliteStorageOptions = Omit<SqliteDatabaseOptions, 'asItIs'>;

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<SqliteStorageOptions>(
  { moduleName: 'SqliteStorage' },
)
  .setClassMethodName('forRoot')
  .build();

const NOT_REMOVED =
  'Remains of a damaged account that was erased could not be removed from the store. The next start tries again. The removal needs as much free disk as the store has, and no other damaged account.';

const NOT_ENCRYPTED =
  'The store is not encrypted: every reader of the disk, or of a backup, can use every account. To encrypt it, run "npm run store -- encrypt" and set WHATSAPP_ENCRYPTION_KEY (`encryptionKey` of the module).';

async function openDatabase(options: SqliteStorageOptions): Promise<SqliteDatabase> {
  const database = await SqliteDatabase.open(options);
  const logger = new Logger('Storage');
  if (!options.encryptionKey) logger.log(NOT_ENCRYPTED);
  if (!removeDamagedTables(database)) logger.warn(NOT_REMOVED);
  return database;
}

function createControlServer(database: SqliteDatabase): ControlServer {
  const controlServer = new ControlServer();
  BackupHandler.register(controlServer, database);
  return controlServer;
}

/**
 * The stores of the service on one SQLite file, `whatsapp.sqlite` in the data directory (0700, files 0600).
 *
 * The directory belongs to one process, from the creation of the application until its shutdown has finished. A second
 * process waits `lockWaitMs` (default 10,000); then the creation of its application rejects with `StoreInUse`. It also
 * rejects with `StoreTooNew` (a newer version wrote the store), `StoreUnreadable` (the file is not a store),
 * `StoreKeyMissing`, `StoreKeyWrong` or `StoreNotEncrypted`. All of these are `StoreNotOpened`.
 *
 * The store is closed in `onApplicationShutdown`, after all other providers have flushed in `onModuleDestroy`. The host
 * must call `app.close()` or `enableShutdownHooks()`.
 *
 * While the store is open, `store backup FILE` copies it (see BackupHandler).
 */
@Module({
  providers: [
    { provide: SqliteDatabase, inject: [MODULE_OPTIONS_TOKEN], useFactory: openDatabase },
    { provide: ControlServer, inject: [SqliteDatabase], useFactory: createControlServer },
    { provide: AuthStateStore, useClass: SqliteAuthStateStore },
    { provide: ConfigRepository, useClass: SqliteConfigRepository },
    { provide: ApiKeyStore, useClass: SqliteApiKeyStore },
    { provide: AuditTrailStore, useClass: SqliteAuditTrailStore },
    { provide: PageLinkStore, useClass: SqlitePageLinkStore },
  ],
  exports: [AuthStateStore, ConfigRepository, ControlServer, ApiKeyStore, AuditTrailStore, PageLinkStore],
})
export class SqliteStorageModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnApplicationShutdown
{
  constructor(
    private readonly database: SqliteDatabase,
    private readonly controlServer: ControlServer,
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: SqliteStorageOptions,
  ) {
    super();
  }

  /**
   * @param options `dataDirectory`: path, created if it is missing; `encryptionKey`: 32 bytes, without it the files are
   * readable; `lockWaitMs`: milliseconds
   */
  static override forRoot(options: SqliteStorageOptions): DynamicModule {
    return super.forRoot(options);
  }

  /** Every provider exists by now, so every handler is registered. */
  onModuleInit(): Promise<void> {
    return this.controlServer.open(this.options.dataDirectory);
  }

  /** A disk that refuses the last cleanup must not fail the shutdown: no data is lost. */
  async onApplicationShutdown(): Promise<void> {
    await this.controlServer.close();
    try {
      await this.database.close();
    } catch (error) {
      if (!(error instanceof StorageFailed)) throw error;
      new Logger('Storage').warn(
        `The store could not be cleaned up during the shutdown (${causeMessage(error)}). No data is lost; the next start does it. Check the disk.`,
      );
    }
  }
}
