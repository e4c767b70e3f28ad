import type { Config } from '../config/load-config.js';
import type { SqliteStorageOptions } from '../storage/sqlite/sqlite-storage.module.js';

/** How every program of the service opens its store: the one place that knows. */
export function storeOptions(config: Config): SqliteStorageOptions {
  const encryptionKey = keyBytes(config.WHATSAPP_ENCRYPTION_KEY);
  return { dataDirectory: config.WHATSAPP_DATA_DIR, ...(encryptionKey && { encryptionKey }) };
}

/** @param text base64, checked by the configuration */
export function keyBytes(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}
