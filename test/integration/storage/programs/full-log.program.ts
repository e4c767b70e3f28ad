/**
 * Runs under a limit of the operating system for file sizes, some hundred kilobytes (RLIMIT_FSIZE). The log fills up
 * long before SQLite would empty it, while the store's file stays small. Prints how often saving a setting was refused,
 * and the outcome of erasing an account while the log was full. Argument: directory.
 */
import { SqliteAuthStateStore } from '../../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteConfigRepository } from '../../../../src/storage/sqlite/stores/sqlite-config.repository.js';
import { SqliteDatabase } from '../../../../src/storage/sqlite/database/sqlite-database.js';
import { accountId } from '../../../../src/whatsapp/domain/account-id.js';

export interface FullLog {
  /** Number of settings that were saved between two refusals. */
  readonly savedBetween: number;
  /** The largest number of consecutive refusals. */
  readonly refusedInARow: number;
  readonly erased: string;
  /** Whether each read returned the last acknowledged setting. */
  readonly kept: boolean;
}

const [dataDirectory = ''] = process.argv.slice(2);
const account = accountId('sales');
const database = await SqliteDatabase.open({ dataDirectory });
const store = new SqliteAuthStateStore(database);
const config = new SqliteConfigRepository(database);
const writer = await store.open({ accountId: account, epoch: 1, lost: new AbortController().signal });
await writer.write({ credentials: new Uint8Array(40_000), powerSafe: true });

let last = '';
let kept = true;

async function save(value: string): Promise<boolean> {
  const done = await config.saveSetting('setting', value).then(
    () => true,
    () => false,
  );
  if (done) last = value;
  kept &&= (await config.setting('setting')) === last;
  return done;
}

/** Saves settings until one is refused. */
async function fill(round: string): Promise<number> {
  for (let count = 0; ; count++) if (!(await save(`${round} ${count}`))) return count;
}

await fill('first');
const savedBetween = await fill('second');
let refusedInARow = 0;
for (let inARow = 0, attempt = 0; attempt < 3 * savedBetween; attempt++) {
  inARow = (await save(`third ${attempt}`)) ? 0 : inARow + 1;
  refusedInARow = Math.max(refusedInARow, inARow);
}
await fill('fourth');
for (let count = 0; count < savedBetween; count++) await save(`fifth ${count}`);
const erased = await writer.erase().then(
  () => 'done',
  (error: unknown) => String(error),
);
await database.close();
console.log(JSON.stringify({ savedBetween, refusedInARow, erased, kept } satisfies FullLog));
