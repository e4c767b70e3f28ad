/**
 * Makes the data directory read-only under an open store (`under`), or opens a store in such a directory and makes it
 * writable again (`before`). Prints the outcome of each step. Permissions do not restrict root, so root continues as
 * another user. Arguments: a directory in which every user may create directories, `under` or `before`.
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteAuthStateStore } from '../../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteDatabase } from '../../../../src/storage/sqlite/database/sqlite-database.js';
import { accountId } from '../../../../src/whatsapp/domain/account-id.js';

const UNPRIVILEGED_ID = 65_534;

const [parent = '', when = ''] = process.argv.slice(2);
const dataDirectory = join(parent, 'data');
if (process.getuid?.() === 0) {
  process.setgroups?.([]);
  process.setgid?.(UNPRIVILEGED_ID);
  process.setuid?.(UNPRIVILEGED_ID);
}

const outcomes: string[] = [];
let database: SqliteDatabase | undefined;
let epoch = 0;

async function step(work: () => Promise<unknown>): Promise<void> {
  outcomes.push(
    await work().then(
      (value) => (typeof value === 'string' ? value : 'done'),
      (error: unknown) => (error as Error).name,
    ),
  );
}

async function open(): Promise<void> {
  database = await SqliteDatabase.open({ dataDirectory, lockWaitMs: 0 });
}

function store(): SqliteAuthStateStore {
  if (!database) throw new Error('not open');
  return new SqliteAuthStateStore(database);
}

async function write(name: string, text: string): Promise<void> {
  const hold = { accountId: accountId(name), epoch: ++epoch, lost: new AbortController().signal };
  const writer = await store().open(hold);
  await (text ? writer.write({ credentials: Buffer.from(text), powerSafe: true }) : writer.erase());
}

async function credentials(): Promise<string> {
  return Buffer.from((await store().load(accountId('sales'))) ?? []).toString();
}

async function under(): Promise<void> {
  await step(open);
  await step(() => write('sales', 'before'));
  await step(() => write('support', 'before'));
  chmodSync(dataDirectory, 0o500);
  await step(() => write('sales', 'while'));
  await step(() => write('support', ''));
  await step(credentials);
  await step(async () => database?.close());
}

async function before(): Promise<void> {
  chmodSync(dataDirectory, 0o700);
  await step(open);
  await step(credentials);
  await step(async () => database?.close());
  chmodSync(dataDirectory, 0o500);
  await step(open);
  chmodSync(dataDirectory, 0o700);
  await step(open);
  await step(() => write('sales', 'after'));
  await step(credentials);
  await step(async () => database?.close());
}

await (when === 'under' ? under() : before());
console.log(JSON.stringify(outcomes));
