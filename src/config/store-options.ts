import type { SqliteStorageOptions } from '../storage/sqlite/sqlite-storage.module.js';
import type { Config } from './load-config.js';

/** Returns the options with which every program of the service opens its store. */
export function storeOptions(config: Config): SqliteStorageOptions {
  const encryptionKey = keyBytes(config.WHATSAPP_ENCRYPTION_KEY);
  return { dataDirectory: config.WHATSAPP_DATA_DIR, ...(encryptionKey && { encryptionKey }) };
}

/** @param text base64, validated by the configuration */
export function keyBytes(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}
