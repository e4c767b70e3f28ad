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

/** Copies the store, also while the service runs. To restore it, the operator puts the copy in its place while the service is stopped. */
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
    `Backed up the store to ${file} (${(bytes / 1e6).toFixed(1)} MB). To restore it, stop the service, remove whatsapp.sqlite and whatsapp.sqlite-wal from ${dataDirectory}, and put a copy of the backup there as whatsapp.sqlite.${location.encryptionKey ? ' It opens with the key that the store has now.' : ''}`,
  );
  if (problems.length === 0) return;
  console.error(
    `The store is damaged, and so is the backup; what is whole in the one is whole in the other. Keep older backups.\n${problems.join('\n')}`,
  );
  process.exitCode = 1;
}

const DONE: Readonly<Record<Rekeying, string>> = {
  encrypt:
    'The store is encrypted. Start the service with the same WHATSAPP_ENCRYPTION_KEY, keep a copy of the key elsewhere, and delete the backups that were made before: they are readable.',
  rekey:
    'The store has the new key. Make it the WHATSAPP_ENCRYPTION_KEY of the service; backups that were made before open with the old one.',
  decrypt: 'The store is not encrypted any more. Start the service without WHATSAPP_ENCRYPTION_KEY.',
};

/** Encrypts the store, changes its key or decrypts it. After a crash it has the old key or the new one; the command can be repeated. */
async function rekey(name: Rekeying, config: Config): Promise<void> {
  const { WHATSAPP_ENCRYPTION_KEY: key, WHATSAPP_NEW_ENCRYPTION_KEY: newKey } = config;
  const keys = keysFor(name, keyBytes(key), keyBytes(newKey));
  try {
    const isRekeyed = await rekeyStore({ dataDirectory: resolve(config.WHATSAPP_DATA_DIR), ...keys });
    console.log(isRekeyed ? DONE[name] : `There was nothing to do. ${DONE[name]}`);
  } catch (error) {
    if (name !== 'encrypt' || !(error instanceof StoreKeyMissing)) throw error;
    throw new RekeyRefused(
      'The store is encrypted already, with another key than this WHATSAPP_ENCRYPTION_KEY. "npm run store -- rekey" changes it.',
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
  // A copy that was stopped is still running.
  process.exit(1);
});
