import {
  type ImportedAuthState,
  ImportRefused,
  readMultiFileAuthState,
} from '../baileys/import/multi-file-import.js';
import { loadConfig } from '../config/load-config.js';
import { storeOptions } from '../config/store-options.js';
import { LocalAccountLeases } from '../local/local-account-leases.js';
import { SqliteAuthStateStore } from '../storage/sqlite/stores/sqlite-auth-state.store.js';
import { SqliteConfigRepository } from '../storage/sqlite/stores/sqlite-config.repository.js';
import { SqliteDatabase } from '../storage/sqlite/database/sqlite-database.js';
import { type AccountId, isAccountId } from '../whatsapp/domain/account-id.js';
import { AuthStateCorrupt } from '../whatsapp/domain/errors.js';
import { CommandRefused, messageOf, parseCommandLine, UsageError } from './command-line.js';

const USAGE = 'Usage: npm run import -- --from DIR --account ID';

/** A running service keeps its store locked, so a longer wait would not help. */
const LOCK_WAIT_MS = 1_000;

function readArguments(): { from: string; account: AccountId } {
  const options = { from: { type: 'string' }, account: { type: 'string' } } as const;
  const { from, account } = parseCommandLine({ options }, USAGE).values;
  if (from === undefined || account === undefined) throw new UsageError(USAGE);
  if (!isAccountId(account)) {
    throw new UsageError(USAGE, '--account must be 1 to 64 letters, digits, "_" or "-".');
  }
  return { from, account };
}

async function store(
  database: SqliteDatabase,
  account: AccountId,
  imported: ImportedAuthState,
): Promise<void> {
  const authStates = new SqliteAuthStateStore(database);
  const linked = await authStates.load(account).catch((error: unknown) => {
    if (error instanceof AuthStateCorrupt) return true;
    throw error;
  });
  if (linked) throw new CommandRefused(`The account "${account}" is linked already. Disconnect it first.`);
  const { credentials, keys, phone } = imported;
  const now = new Date();
  const lease = await new LocalAccountLeases().acquire(account);
  const writer = await authStates.open(lease);
  try {
    await writer.write({ credentials, keys, connector: { phone, linkedAt: now }, powerSafe: true });
  } finally {
    await writer.close('drain');
  }
  // WhatsApp has accepted this device already, so a later 401 means that it was unlinked.
  await new SqliteConfigRepository(database).update(account, { confirmedAt: now });
}

/** @throws CommandRefused with the name of the file that cannot be imported · Error when the folder cannot be listed */
async function readFolder(folder: string): Promise<ImportedAuthState> {
  try {
    return await readMultiFileAuthState(folder);
  } catch (error) {
    if (!(error instanceof ImportRefused)) throw error;
    throw new CommandRefused(`Nothing was imported. ${error.message}`, { cause: error });
  }
}

/** Imports a folder written by Baileys' `useMultiFileAuthState`: all of it or nothing. The folder stays unchanged. */
async function run(): Promise<void> {
  const { from, account } = readArguments();
  const options = storeOptions(loadConfig());
  const imported = await readFolder(from);
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

run().catch((error: unknown) => {
  const describe = (message: string): string => `Nothing was imported. ${message}\n${USAGE}`;
  console.error(messageOf(error, { describe }));
  process.exitCode = 1;
});
