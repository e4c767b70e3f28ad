import { resolve } from 'node:path';
import { type Config, loadConfig } from '../config/load-config.js';
import { keyBytes, storeOptions } from '../config/store-options.js';
import { StoreKeyMissing } from '../storage/sqlite/database/sqlite-database.errors.js';
import { backUpStore } from '../storage/sqlite/maintenance/store-backup.js';
import { rekeyStore, RekeyRefused } from '../storage/sqlite/maintenance/store-rekey.js';
import { BackupRefused } from '../storage/sqlite/maintenance/store-source.js';
import { messageOf } from './command-line.js';
import { keysFor, readArguments, type Rekeying } from './store-arguments.js';

async function run(): Promise<void> {
  const call = readArguments(process.argv.slice(2));
  const config = loadConfig();
  if (call.do === 'backup') await backUp(call.file, config);
  else await rekey(call.do, config);
}

/** Copies the store, also while the service runs. */
async function backUp(file: string, config: Config): Promise<void> {
  const location = { ...storeOptions(config), dataDirectory: resolve(config.WHATSAPP_DATA_DIR) };
  const { dataDirectory } = location;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop.abort();
    });
  }
  enter(dataDirectory);
  const { bytes, problems } = await backUpStore({ ...location, file, signal: stop.signal });
  console.log(
    `Backed up the store to ${file} (${(bytes / 1e6).toFixed(1)} MB). To restore it, stop the service, remove whatsapp.sqlite and whatsapp.sqlite-wal from ${dataDirectory}, and put a copy of the backup there as whatsapp.sqlite.${location.encryptionKey ? ' It opens with the present key of the store.' : ''}`,
  );
  if (problems.length === 0) return;
  console.error(
    `The store is damaged, and the backup has the same damage. Keep older backups.\n${problems.join('\n')}`,
  );
  process.exitCode = 1;
}

const DONE: Readonly<Record<Rekeying, string>> = {
  encrypt:
    'The store is encrypted. Start the service with the same WHATSAPP_ENCRYPTION_KEY and keep a copy of the key elsewhere. Delete older backups: they are not encrypted.',
  rekey:
    'The store has the new key. Make it the WHATSAPP_ENCRYPTION_KEY of the service. Older backups open with the old key.',
  decrypt: 'The store is not encrypted any longer. Start the service without WHATSAPP_ENCRYPTION_KEY.',
};

/**
 * Encrypts the store, changes its key or decrypts it. After a crash the store has the old or the new key; repeat the
 * command.
 */
async function rekey(name: Rekeying, config: Config): Promise<void> {
  const { WHATSAPP_ENCRYPTION_KEY: key, WHATSAPP_NEW_ENCRYPTION_KEY: newKey } = config;
  const keys = keysFor(name, keyBytes(key), keyBytes(newKey));
  try {
    const isRekeyed = await rekeyStore({ dataDirectory: resolve(config.WHATSAPP_DATA_DIR), ...keys });
    console.log(isRekeyed ? DONE[name] : `There was nothing to do. ${DONE[name]}`);
  } catch (error) {
    if (name !== 'encrypt' || !(error instanceof StoreKeyMissing)) throw error;
    throw new RekeyRefused(
      'The store is encrypted already, with another key than this WHATSAPP_ENCRYPTION_KEY. Use "npm run store -- rekey" to change the key.',
      { cause: error },
    );
  }
}

/** From inside the directory, the path of the service's socket is always short enough for the operating system. */
function enter(dataDirectory: string): void {
  try {
    process.chdir(dataDirectory);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new BackupRefused(
      missing ? `There is no data directory "${dataDirectory}".` : `The store cannot be reached: ${message}.`,
      { cause: error },
    );
  }
}

run().catch((error: unknown) => {
  console.error(messageOf(error, { expected: [BackupRefused, RekeyRefused] }));
  // A copy that was stopped still runs in this process.
  process.exit(1);
});
