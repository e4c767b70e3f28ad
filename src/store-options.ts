import type { Config } from './config/load-config.js';
import type { SqliteStorageOptions } from './storage/sqlite/sqlite-storage.module.js';

/** How every program of the service opens its store: the one place that knows. */
export function storeOptions(config: Config): SqliteStorageOptions {
  return { dataDirectory: config.WHATSAPP_DATA_DIR };
}
