/**
 * Opens the store as the service does, with its backup handler. Writes one generation after the other and prints the
 * number of each. With `erasing`, it also links and erases another account at intervals. Arguments: directory,
 * `erasing` or nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { BackupHandler } from '../../../../src/storage/sqlite/maintenance/backup-handler.js';
import { ControlServer } from '../../../../src/control-socket/control-server.js';
import { SqliteAuthStateStore } from '../../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../../../src/storage/sqlite/database/sqlite-database.js';
import { accepted, holdOf } from '../../../contract/storage-subject.js';
import { writeGeneration } from '../generation.js';

const ERASING_EVERY = 10;
/** Leaves enough processor time to the tested command. */
const PAUSE_MS = 5;

const [dataDirectory = '', erasing] = process.argv.slice(2);
const database = await SqliteDatabase.open({ dataDirectory });
const controlServer = new ControlServer();
BackupHandler.register(controlServer, database);
await controlServer.open(dataDirectory);
const store = new SqliteAuthStateStore(database);
const writer = await store.open(holdOf('sales'));
const other = await store.open(holdOf('other'));

for (let number = 1; ; number++) {
  await writeGeneration(writer, number);
  if (erasing && number % ERASING_EVERY === 0) {
    await other.write(accepted('other'));
    await other.erase();
  }
  process.stdout.write(`${number}\n`);
  await delay(PAUSE_MS);
}
