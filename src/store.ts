import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigInvalid, loadConfig } from './config/load-config.js';
import type { Config } from './config/load-config.js';
import { StoreKeyMissing, StoreNotOpened } from './storage/sqlite/sqlite-database.errors.js';
import { backUpStore } from './storage/sqlite/store-backup.js';
import { rewriteStore, RewritingRefused } from './storage/sqlite/store-rewriting.js';
import { BackupRefused } from './storage/sqlite/store-source.js';
import { keyBytes, storeOptions } from './store-options.js';

const USAGE = `Usage: npm run store -- backup FILE
       npm run store -- encrypt   with WHATSAPP_ENCRYPTION_KEY, from then on the store's key
       npm run store -- rekey     with WHATSAPP_ENCRYPTION_KEY, and WHATSAPP_NEW_ENCRYPTION_KEY in place of it
       npm run store -- decrypt   with WHATSAPP_ENCRYPTION_KEY, the key that the store has
Each of these variables may end in _FILE and name a file instead. The service must be stopped for all but backup.`;

/** What was called wrongly; the message says how it is right. */
class CalledWrongly extends Error {}

type Command = { readonly name: 'backup'; readonly file: string } | { readonly name: Rewriting };
type Rewriting = 'encrypt' | 'rekey' | 'decrypt';

const REWRITINGS: readonly string[] = ['encrypt', 'rekey', 'decrypt'] satisfies Rewriting[];

function readArguments(): Command {
  const { positionals } = parseArgs({ options: {}, allowPositionals: true });
  const [name = '', file, ...others] = positionals;
  if (name === 'backup' && file && others.length === 0) return { name, file: resolve(file) };
  if (REWRITINGS.includes(name) && file === undefined) return { name: name as Rewriting };
  throw new CalledWrongly(USAGE);
}

async function run(): Promise<void> {
  const command = readArguments();
  const config = loadConfig();
  if (command.name === 'backup') await backUp(command.file, config);
  else await rewrite(command.name, config);
}

/** Copies the store, also while the service runs. Restoring is putting the copy in its place while the service is stopped. */
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

const DONE: Readonly<Record<Rewriting, string>> = {
  encrypt:
    'The store is encrypted. Start the service with the same WHATSAPP_ENCRYPTION_KEY, keep a copy of the key elsewhere, and delete the backups that were made before: they are readable.',
  rekey:
    'The store has the new key. Make it the WHATSAPP_ENCRYPTION_KEY of the service; backups that were made before open with the old one.',
  decrypt: 'The store is not encrypted any more. Start the service without WHATSAPP_ENCRYPTION_KEY.',
};

/** Moves the store between keys, or to one, or from one. Killed midway, it has the old key or the new one, and can be repeated. */
async function rewrite(name: Rewriting, config: Config): Promise<void> {
  const key = keyBytes(config.WHATSAPP_ENCRYPTION_KEY);
  const newKey = keyBytes(config.WHATSAPP_NEW_ENCRYPTION_KEY);
  if (!key) throw new CalledWrongly(`WHATSAPP_ENCRYPTION_KEY is not set.\n${USAGE}`);
  if (name === 'rekey' && !newKey)
    throw new CalledWrongly(`WHATSAPP_NEW_ENCRYPTION_KEY is not set.\n${USAGE}`);
  const keys = {
    encrypt: { from: null, to: key },
    rekey: { from: key, to: newKey ?? key },
    decrypt: { from: key, to: null },
  }[name];
  try {
    const rewritten = await rewriteStore({ dataDirectory: resolve(config.WHATSAPP_DATA_DIR), ...keys });
    console.log(rewritten ? DONE[name] : `There was nothing to do. ${DONE[name]}`);
  } catch (error) {
    if (name !== 'encrypt' || !(error instanceof StoreKeyMissing)) throw error;
    throw new RewritingRefused(
      'The store is encrypted already, with another key than this WHATSAPP_ENCRYPTION_KEY. "npm run store -- rekey" changes it.',
      { cause: error },
    );
  }
}

/** From within, the path of the service's socket is short enough for the system wherever the directory is. */
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

function messageOf(error: unknown): unknown {
  const known = [CalledWrongly, BackupRefused, RewritingRefused, ConfigInvalid, StoreNotOpened].some(
    (type) => error instanceof type,
  );
  if (known) return (error as Error).message;
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    return `${error.message}\n${USAGE}`;
  }
  return error;
}

run().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exit(1);
});
