import { pathToFileURL } from 'node:url';
import type { SqliteConnection } from './sqlite-connection.js';

const KEY_BYTES = 32;

/** The only cipher of libsql 0.5.29. It is named because the default may change. */
const CIPHER = 'aes256cbc';

/** @throws RangeError when the key is not 32 bytes: libsql would pad a shorter key and cut a longer one */
export function checkedKey(key: Uint8Array | undefined): Uint8Array | null {
  if (key !== undefined && key.length !== KEY_BYTES) {
    throw new RangeError(`the encryption key of the store must be ${KEY_BYTES} bytes long`);
  }
  return key ?? null;
}

/**
 * Makes the connection read and write with this key. The first statement that reads shows whether the key is right. The
 * key is set in hex, not with libsql's option, which uses only the first 32 characters of a text.
 */
export function unlock(connection: SqliteConnection, key: Uint8Array | null): void {
  if (!key) return;
  connection.script(`PRAGMA cipher = '${CIPHER}'; PRAGMA hexkey = '${hex(key)}'`);
}

/** Returns the location of the file for a reader that neither locks nor changes it, and ignores a log beside it. */
export function readOnlyLocation(file: string): string {
  return `${pathToFileURL(file).href}?immutable=1&mode=ro`;
}

/** Returns the location of a file with this key, or with none, for the quotes of `VACUUM INTO`. */
export function locationWith(file: string, key: Uint8Array | null): string {
  const url = pathToFileURL(file).href.replaceAll("'", '%27');
  return key ? `${url}?cipher=${CIPHER}&hexkey=${hex(key)}` : `${url}?key=`;
}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString('hex');
}
