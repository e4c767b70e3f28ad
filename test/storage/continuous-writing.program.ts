/**
 * Writes without end; after each acknowledged write the number stands on stdout. Credentials and every key carry the
 * number, and the connector's phone is it. Arguments: directory, first number.
 */
import { writeSync } from 'node:fs';
import { SqliteAuthStateStore } from '../../src/storage/sqlite/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.js';
import { accountId } from '../../src/whatsapp/domain/account-id.js';

const [dataDirectory = '', first = ''] = process.argv.slice(2);
const database = await SqliteDatabase.open({ dataDirectory });
const store = new SqliteAuthStateStore(database);
const writer = await store.open({
  accountId: accountId('sales'),
  epoch: 1,
  lost: new AbortController().signal,
});

for (let number = Number(first); ; number++) {
  const value = Buffer.from(String(number).padStart(200));
  await writer.write({
    credentials: Buffer.from(String(number)),
    keys: Array.from({ length: 40 }, (_, id) => ({ type: 'session', id: String(id), value })),
    connector: { phone: String(number), linkedAt: new Date() },
    powerSafe: number % 5 === 0,
  });
  writeSync(1, `${number}\n`);
}
