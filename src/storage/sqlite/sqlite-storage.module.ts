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
  'What is left in the store of an erased account that was damaged could not be removed; the next start tries again. It needs as much free disk as the store has, and no other damaged account.';

const NOT_ENCRYPTED =
  'The store is not encrypted: whoever reads the disk, or a backup of it, can use every account. WHATSAPP_ENCRYPTION_KEY (`encryptionKey` of the module) encrypts it, after "npm run store -- encrypt".';

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
 * `AuthStateStore` and `ConfigRepository` on one SQLite file, `whatsapp.sqlite` in the data directory (0700, files 0600).
 *
 * The directory belongs to one process: from the creation of the application until its shutdown has finished. A second
 * one waits `lockWaitMs` (default 10,000), then its creation rejects with `StoreInUse`; a store of a newer version with
 * `StoreTooNew`, something that is no store with `StoreUnreadable`, another key than the store's with `StoreKeyMissing`, `StoreKeyWrong`
 * or `StoreNotEncrypted`, all of them `StoreNotOpened`. The store is closed in
 * `onApplicationShutdown`, after everybody has flushed in `onModuleDestroy`: the host calls `app.close()` or
 * `enableShutdownHooks()`.
 *
 * While it is open, `store backup FILE` copies it (see BackupHandler).
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
   * @param options `dataDirectory`: path, created when it is missing; `encryptionKey`: 32 bytes, without them the files are
   * readable; `lockWaitMs`: milliseconds
   */
  static override forRoot(options: SqliteStorageOptions): DynamicModule {
    return super.forRoot(options);
  }

  /** Every provider exists by now, so every handler is registered. */
  onModuleInit(): Promise<void> {
    return this.controlServer.open(this.options.dataDirectory);
  }

  /** A disk that refuses the last cleaning up is no reason to end badly: nothing is lost by it. */
  async onApplicationShutdown(): Promise<void> {
    await this.controlServer.close();
    try {
      await this.database.close();
    } catch (error) {
      if (!(error instanceof StorageFailed)) throw error;
      new Logger('Storage').warn(
        `The store could not be put in order at the end (${causeMessage(error)}). Nothing is lost: the next start does it. Look at the disk.`,
      );
    }
  }
}
