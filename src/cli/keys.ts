import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { type Config, loadConfig } from '../config/load-config.js';
import { storeOptions } from '../config/store-options.js';
import { SystemClock } from '../local/system-clock.js';
import { ApiKeys } from '../security/keys/api-keys.js';
import { CallAudit } from '../security/audit/call-audit.js';
import { configuredText } from '../security/keys/configured-keys.js';
import { KeyCommandHandler } from '../security/api/key-command-handler.js';
import { type KeyAnswer, KEYS_PATH, type KeyRequest } from '../security/keys/key-request.js';
import { makeSecret } from '../security/access/secret.js';
import { ControlTimeout } from '../control-socket/control-call.js';
import { ControlClient } from '../control-socket/control-client.js';
import { STORE_FILE_NAME } from '../storage/sqlite/database/data-directory.js';
import { SqliteApiKeyStore } from '../storage/sqlite/stores/sqlite-api-key.store.js';
import { SqliteAuditTrailStore } from '../storage/sqlite/stores/sqlite-audit-trail.store.js';
import { StoreInUse } from '../storage/sqlite/database/sqlite-database.errors.js';
import { SqliteDatabase } from '../storage/sqlite/database/sqlite-database.js';
import type { SqliteStorageOptions } from '../storage/sqlite/sqlite-storage.module.js';
import { CommandRefused, messageOf } from './command-line.js';
import { type KeysCall, readArguments, USAGE } from './keys-arguments.js';
import { keysTable } from './keys-table.js';

/** Long enough for a service that is shutting down or another command to release the store. */
const LOCK_WAIT_MS = 3_000;
type CallTo<Does> = Extract<KeysCall, { readonly do: Does }>;

async function run(): Promise<void> {
  const call = readArguments(process.argv.slice(2));
  switch (call.do) {
    case 'help':
      console.log(USAGE);
      return;
    case 'create':
      return create(call);
    case 'hash':
      printHash(call);
      return;
    case 'revoke':
      return revoke(call.key);
    case 'list':
      return list();
  }
}

async function create({ name, scopes, accounts, lifetimeMs }: CallTo<'create'>): Promise<void> {
  const { text, hash } = makeSecret('wak');
  const answer = await ask({ do: 'create', key: { name, hash, scopes, accounts, lifetimeMs } });
  if (answer.did !== 'create') throw new Error('the answer belongs to another request');
  // Only the key goes to standard output, for KEY=$(npm run --silent keys -- create …).
  console.log(text);
  console.error(`The key "${name}" (${answer.id}) was created. It is shown only once. Keep it safe.`);
  if (answer.isFirst) console.error('It is the first key. From now on every call needs a key.');
}

function printHash({ name, scopes, accounts }: CallTo<'hash'>): void {
  const { text, hash } = makeSecret('wak');
  console.log(text);
  console.log(configuredText({ name, hash, scopes, accounts }));
  console.error('The first line is the key. Keep it safe. Add the second line to WHATSAPP_API_KEYS.');
}

async function revoke(key: string): Promise<void> {
  const answer = await ask({ do: 'revoke', key });
  if (answer.did !== 'revoke') throw new Error('the answer belongs to another request');
  console.log(`The key "${answer.name}" (${answer.id}) was revoked. It gives no access from now on.`);
}

async function list(): Promise<void> {
  const answer = await ask({ do: 'list' });
  if (answer.did !== 'list') throw new Error('the answer belongs to another request');
  console.log(keysTable(answer.keys));
}

/** Sends the request to the running service. If no service runs, this process carries it out. @throws CommandRefused */
async function ask(request: KeyRequest): Promise<Extract<KeyAnswer, { readonly ok: true }>> {
  const config = loadConfig();
  const dataDirectory = resolve(config.WHATSAPP_DATA_DIR);
  const options = { ...storeOptions(config), dataDirectory, lockWaitMs: LOCK_WAIT_MS };
  if (existsSync(join(dataDirectory, STORE_FILE_NAME))) {
    // From inside the directory, the path of the service's socket is always short enough for the operating system.
    process.chdir(dataDirectory);
  } else if (request.do !== 'create') {
    throw new CommandRefused(`There is no store in "${dataDirectory}", so there are no keys.`);
  }
  const client = new ControlClient(dataDirectory);
  const body = JSON.stringify(request);
  const text =
    (await client.request(KEYS_PATH, body)) ??
    (await askHere(config, options, body).catch(async (error: unknown) => {
      if (!(error instanceof StoreInUse)) throw error;
      // The service may have started in the meantime.
      const answer = await client.request(KEYS_PATH, body);
      if (answer !== null) return answer;
      throw new CommandRefused(
        `Another process uses the data directory "${dataDirectory}" and does not answer requests about keys. If it is this service, it runs another version. Use the command of that version, or stop the service first.`,
      );
    }));
  const answer = JSON.parse(text) as KeyAnswer;
  if (!answer.ok) throw new CommandRefused(answer.message);
  return answer;
}

async function askHere(config: Config, options: SqliteStorageOptions, body: string): Promise<string> {
  const database = await SqliteDatabase.open(options);
  try {
    const clock = new SystemClock();
    const keys = await ApiKeys.open(new SqliteApiKeyStore(database), clock, config.WHATSAPP_API_KEYS);
    const audit = new CallAudit(new SqliteAuditTrailStore(database), clock);
    return await new KeyCommandHandler(keys, audit, clock).answer(body);
  } finally {
    await database.close();
  }
}

// The command prints its own result, so only warnings and errors of the log are printed.
const ignore = (): void => undefined;
const print = (message: unknown): void => {
  console.error(message);
};
Logger.overrideLogger({ log: ignore, debug: ignore, verbose: ignore, warn: print, error: print });

run().catch((error: unknown) => {
  const describe = (message: string): string => `The keys cannot be reached: ${message}.`;
  console.error(messageOf(error, { expected: [ControlTimeout], describe }));
  process.exitCode = 1;
});
