/**
 * Runs under a limit of the operating system for file sizes, some hundred kilobytes (RLIMIT_FSIZE). Writes data that
 * fits, data that does not, and data that fits again. Prints the outcome of each step. Argument: directory.
 */
import { randomBytes } from 'node:crypto';
import { SqliteAuthStateStore } from '../../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../../../src/storage/sqlite/database/sqlite-database.js';
import { accountId } from '../../../../src/whatsapp/domain/account-id.js';

const [dataDirectory = ''] = process.argv.slice(2);
const account = accountId('sales');
const SMALL = 1_000;
const LARGE = 900_000;
const database = await SqliteDatabase.open({ dataDirectory });
const store = new SqliteAuthStateStore(database);
const writer = await store.open({ accountId: account, epoch: 1, lost: new AbortController().signal });

const write = (text: string, bytes: number): Promise<void> =>
  writer.write({
    credentials: Buffer.from(text),
    keys: [
      { type: 'session', id: 'a', value: Buffer.from(text) },
      { type: 'session', id: 'b', value: randomBytes(bytes) },
    ],
    powerSafe: true,
  });

async function outcome(step: Promise<unknown>): Promise<string> {
  const answer = await step.then(
    () => 'done',
    (error: unknown) => (error as Error).name,
  );
  const credentials = await store.load(account);
  const key = (await writer.read('session', ['a'])).get('a');
  return [answer, ...[credentials, key].map((value) => Buffer.from(value ?? []).toString())].join(' ').trim();
}

const outcomes = [
  await outcome(write('first', SMALL)),
  await outcome(write('second', LARGE)),
  await outcome(write('third', LARGE)),
  await outcome(write('fourth', SMALL)),
  await outcome(writer.erase()),
];
await database.close();
console.log(JSON.stringify(outcomes));
