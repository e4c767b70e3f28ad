/**
 * Writes one generation after the other, without end. After each acknowledged write it prints the number.
 * Arguments: directory, first number, the store's key in hex or nothing.
 */
import { writeSync } from 'node:fs';
import { SqliteAuthStateStore } from '../../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../../../src/storage/sqlite/database/sqlite-database.js';
import { holdOf } from '../../../contract/storage-subject.js';
import { writeGeneration } from '../generation.js';

const [dataDirectory = '', first = '', key] = process.argv.slice(2);
const database = await SqliteDatabase.open({
  dataDirectory,
  ...(key && { encryptionKey: Buffer.from(key, 'hex') }),
});
const writer = await new SqliteAuthStateStore(database).open(holdOf('sales'));

for (let number = Number(first); ; number++) {
  await writeGeneration(writer, number);
  writeSync(1, `${number}\n`);
}
