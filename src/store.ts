import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigInvalid, loadConfig } from './config/load-config.js';
import { StoreNotOpened } from './storage/sqlite/sqlite-database.errors.js';
import { backUpStore } from './storage/sqlite/store-backup.js';
import { BackupRefused } from './storage/sqlite/store-source.js';

const USAGE = 'Usage: npm run store -- backup FILE';

/** What was called wrongly; the message says how it is right. */
class CalledWrongly extends Error {}

function readArguments(): string {
  const { positionals } = parseArgs({ options: {}, allowPositionals: true });
  const [command, file, ...others] = positionals;
  if (command !== 'backup' || !file || others.length > 0) throw new CalledWrongly(USAGE);
  return resolve(file);
}

/** Copies the store, also while the service runs. Restoring is putting the copy in its place while the service is stopped. */
async function run(): Promise<void> {
  const file = readArguments();
  const dataDirectory = resolve(loadConfig().WHATSAPP_DATA_DIR);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop.abort();
    });
  }
  enter(dataDirectory);
  const { bytes, problems } = await backUpStore({ dataDirectory, file, signal: stop.signal });
  console.log(
    `Backed up the store to ${file} (${(bytes / 1e6).toFixed(1)} MB). To restore it, stop the service, remove whatsapp.sqlite and whatsapp.sqlite-wal from ${dataDirectory}, and put a copy of the backup there as whatsapp.sqlite.`,
  );
  if (problems.length === 0) return;
  console.error(
    `The store is damaged, and so is the backup; what is whole in the one is whole in the other. Keep older backups.\n${problems.join('\n')}`,
  );
  process.exitCode = 1;
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
  const known = [CalledWrongly, BackupRefused, ConfigInvalid, StoreNotOpened].some(
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
