/**
 * Lets the operating system refuse to make files larger (RLIMIT_FSIZE), writes, erases, and tries again with the limit
 * gone. Prints what each step came to. Argument: directory.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { SqliteAuthStateStore } from '../../src/storage/sqlite/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.js';
import { accountId } from '../../src/whatsapp/domain/account-id.js';

const [dataDirectory = ''] = process.argv.slice(2);
const account = accountId('sales');
const database = await SqliteDatabase.open({ dataDirectory });
const store = new SqliteAuthStateStore(database);
const writer = await store.open({ accountId: account, epoch: 1, lost: new AbortController().signal });

function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
}

const write = (text: string): Promise<void> =>
  writer.write({
    credentials: Buffer.from(text),
    keys: [
      { type: 'session', id: 'a', value: Buffer.from(text) },
      { type: 'session', id: 'b', value: randomBytes(500_000) },
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

const outcomes = [await outcome(write('first'))];
limitFiles(300_000);
outcomes.push(await outcome(write('second')), await outcome(write('third')), await outcome(writer.erase()));
limitFiles('unlimited');
outcomes.push(await outcome(write('fourth')), await outcome(writer.erase()));
await database.close();
console.log(JSON.stringify(outcomes));
