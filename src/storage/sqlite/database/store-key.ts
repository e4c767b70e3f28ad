import { pathToFileURL } from 'node:url';
import type { SqliteConnection } from './sqlite-connection.js';

const KEY_BYTES = 32;

/** The only cipher of libsql 0.5.29. It is named because the default may change. */
const CIPHER = 'aes256cbc';

/** @throws RangeError when it is not 32 bytes: shorter ones would be filled up, of longer ones the rest would not count */
export function checkedKey(key: Uint8Array | undefined): Uint8Array | null {
  if (key !== undefined && key.length !== KEY_BYTES) {
    throw new RangeError(`the encryption key of the store must be ${KEY_BYTES} bytes long`);
  }
  return key ?? null;
}

/**
 * From here on the connection reads and writes with this key; whether it fits is known with the first statement that
 * reads. As bytes, not as libsql's own option: of a text only the first 32 characters count.
 */
export function unlock(connection: SqliteConnection, key: Uint8Array | null): void {
  if (!key) return;
  connection.script(`PRAGMA cipher = '${CIPHER}'; PRAGMA hexkey = '${hex(key)}'`);
}

/** Location of the file for a reader that neither locks nor changes it, and ignores a log beside it. */
export function locationAsItStands(file: string): string {
  return `${pathToFileURL(file).href}?immutable=1&mode=ro`;
}

/** Location of a file with this key, or with none, as `VACUUM INTO` takes it in quotes. */
export function locationWith(file: string, key: Uint8Array | null): string {
  const url = pathToFileURL(file).href.replaceAll("'", '%27');
  return key ? `${url}?cipher=${CIPHER}&hexkey=${hex(key)}` : `${url}?key=`;
}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString('hex');
}
