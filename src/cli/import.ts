import { parseArgs } from 'node:util';
import { ImportRefused, readMultiFileAuthState } from '../baileys/import/multi-file-import.js';
import { ConfigInvalid, loadConfig } from '../config/load-config.js';
import { LocalAccountLeases } from '../local/local-account-leases.js';
import { SqliteAuthStateStore } from '../storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteConfigRepository } from '../storage/sqlite/stores/sqlite-config.repository.js';
import { StoreNotOpened } from '../storage/sqlite/database/sqlite-database.errors.js';
import { SqliteDatabase } from '../storage/sqlite/database/sqlite-database.js';
import { storeOptions } from './store-options.js';
import { isAccountId } from '../whatsapp/domain/account-id.js';
import type { AccountId } from '../whatsapp/domain/account-id.js';
import type { ImportedAuthState } from '../baileys/import/multi-file-import.js';

const USAGE = 'Usage: npm run import -- --from DIR --account ID';

/** A running service holds its store for as long as it lives: waiting for it would only delay the answer. */
const LOCK_WAIT_MS = 1_000;

/** Something that the person who called can mend; the message says what. */
class ImportStopped extends Error {}

function readArguments(): { from: string; account: AccountId } {
  const { values } = parseArgs({ options: { from: { type: 'string' }, account: { type: 'string' } } });
  const { from, account } = values;
  if (from === undefined || account === undefined) throw new ImportStopped(USAGE);
  if (!isAccountId(account)) {
    throw new ImportStopped(`--account must be 1 to 64 letters, digits, "_" or "-".\n${USAGE}`);
  }
  return { from, account };
}

async function store(
  database: SqliteDatabase,
  account: AccountId,
  imported: ImportedAuthState,
): Promise<void> {
  const authStates = new SqliteAuthStateStore(database);
  const linked = await authStates.load(account).catch(() => true);
  if (linked) throw new ImportStopped(`The account "${account}" is linked already; disconnect it first.`);
  const { credentials, keys, phone } = imported;
  const now = new Date();
  const lease = await new LocalAccountLeases().acquire(account);
  const writer = await authStates.open(lease);
  await writer.write({ credentials, keys, connector: { phone, linkedAt: now }, powerSafe: true });
  await writer.close('drain');
  // WhatsApp knows this device: a later 401 means that it was unlinked.
  await new SqliteConfigRepository(database).update(account, { confirmedAt: now });
}

/** Imports a folder written by Baileys' `useMultiFileAuthState`: all of it or nothing, the source untouched. */
async function run(): Promise<void> {
  const { from, account } = readArguments();
  const options = storeOptions(loadConfig());
  const imported = await readMultiFileAuthState(from);
  const database = await SqliteDatabase.open({ ...options, lockWaitMs: LOCK_WAIT_MS });
  try {
    await store(database, account, imported);
  } finally {
    await database.close();
  }
  console.log(
    `Imported "${account}" with ${imported.keys.length} Signal keys. Start the service, then POST /api/whatsapp/pair.`,
  );
}

function messageOf(error: unknown): unknown {
  if (error instanceof ImportRefused) return `Nothing was imported. ${error.message}`;
  const known = [ImportStopped, ConfigInvalid, StoreNotOpened].some((type) => error instanceof type);
  if (known) return (error as Error).message;
  if (error instanceof Error && 'code' in error) return `Nothing was imported. ${error.message}\n${USAGE}`;
  return error;
}

run().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
