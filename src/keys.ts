import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { type Config, ConfigInvalid, loadConfig } from './config/load-config.js';
import { SystemClock } from './local/system-clock.js';
import { ApiKeys } from './security/api-keys.js';
import { CallAudit } from './security/call-audit.js';
import { configuredText } from './security/configured-keys.js';
import { accountsOf, KEY_NAME, KEY_NAME_RULE, MOST_ACCOUNTS, scopesOf } from './security/domain/key-words.js';
import type { Access } from './security/domain/access.js';
import { KeyClerk } from './security/key-clerk.js';
import { type KeyAnswer, KEYS_SUBJECT, type KeyRequest, type ListedKey } from './security/key-request.js';
import { makeSecret, parseSecret } from './security/secret.js';
import { askDesk, DeskSilent } from './storage/sqlite/desk-call.js';
import { STORE_FILE_NAME } from './storage/sqlite/data-directory.js';
import { SqliteApiKeyStore } from './storage/sqlite/sqlite-api-key.store.js';
import { SqliteAuditTrailStore } from './storage/sqlite/sqlite-audit-trail.store.js';
import { StoreInUse, StoreNotOpened } from './storage/sqlite/sqlite-database.errors.js';
import { SqliteDatabase } from './storage/sqlite/sqlite-database.js';
import type { SqliteStorageOptions } from './storage/sqlite/sqlite-storage.module.js';
import { storeOptions } from './store-options.js';
import { SCOPES } from './whatsapp/domain/scope.js';

const USAGE = `Usage: npm run keys -- COMMAND

  create NAME    makes an API key and prints it: this once, only its hash is kept
                   --scopes read,pair,disconnect,admin   what it may do; default: all of them
                   --accounts acme,shop-*                ids of accounts, or beginnings with *; default: all
                   --expires-in-days N                   1 to 3650; default: it does not expire
  list           shows the keys, without their secrets
  revoke KEY     ends a key for good, by its id or name
  hash NAME      makes a key for WHATSAPP_API_KEYS: prints it and the entry, and stores nothing;
                   takes --scopes and --accounts

The running service hears of it at once. As soon as there is one key, every call needs one.`;

/** A service that uses the store is just ending, or another command is at work. */
const LOCK_WAIT_MS = 3_000;
const DAY_MS = 24 * 60 * 60 * 1_000;
const MOST_DAYS = 3_650;

/** Something that the person who called can mend; the message says what. */
class Refused extends Error {}

/** What was called wrongly; the message says how it is right. */
class CalledWrongly extends Error {
  constructor(problem: string) {
    super(`${problem}\n\n${USAGE}`);
  }
}

const OPTIONS = {
  scopes: { type: 'string' },
  accounts: { type: 'string' },
  'expires-in-days': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [command, subject, ...others] = positionals;
  if (values.help) {
    console.log(USAGE);
    return;
  }
  if (others.length > 0) throw new CalledWrongly(`"${others.join(' ')}" is too much.`);
  switch (command) {
    case 'create':
      return create(nameIn(subject), values);
    case 'hash':
      hash(nameIn(subject), values);
      return;
    case 'revoke':
      allowOptions(values, []);
      if (!subject) throw new CalledWrongly('Which key? Its id or its name is missing.');
      // Whoever has the key at hand need not look for its id.
      return revoke(parseSecret('wak', subject)?.id ?? subject);
    case 'list':
      allowOptions(values, []);
      if (subject) throw new CalledWrongly(`"${subject}" is too much.`);
      return list();
    default:
      throw new CalledWrongly(
        command === undefined ? 'A command is missing.' : `There is no command "${command}".`,
      );
  }
}

async function create(name: string, values: Values): Promise<void> {
  const { text, hash } = makeSecret('wak');
  const key = { name, hash, ...accessIn(values), lifetimeMs: lifetimeIn(values) };
  const answer = await ask({ do: 'create', key });
  if (answer.did !== 'create') throw new Error('the answer is to another question');
  // Alone on standard output, for KEY=$(npm run --silent keys -- create …).
  console.log(text);
  console.error(`The key "${name}" (${answer.id}) was created. It is shown this once: keep it safe.`);
  if (answer.isFirst) console.error('It is the first one: from now on every call needs a key.');
}

function hash(name: string, values: Values): void {
  allowOptions(values, ['scopes', 'accounts']);
  const { text, hash } = makeSecret('wak');
  console.log(text);
  console.log(configuredText({ name, hash, ...accessIn(values) }));
  console.error('The first line is the key: keep it safe. The second one belongs into WHATSAPP_API_KEYS.');
}

async function revoke(called: string): Promise<void> {
  const answer = await ask({ do: 'revoke', key: called });
  if (answer.did !== 'revoke') throw new Error('the answer is to another question');
  console.log(`The key "${answer.name}" (${answer.id}) was revoked: nobody is let in with it any more.`);
}

async function list(): Promise<void> {
  const answer = await ask({ do: 'list' });
  if (answer.did !== 'list') throw new Error('the answer is to another question');
  if (answer.keys.length === 0) console.log('There are no keys: nobody has to prove who they are.');
  else console.log(tableOf(answer.keys));
}

/** Has the running service do it, or does it here. @throws Refused */
async function ask(request: KeyRequest): Promise<Extract<KeyAnswer, { readonly ok: true }>> {
  const config = loadConfig();
  const dataDirectory = resolve(config.WHATSAPP_DATA_DIR);
  const options = { ...storeOptions(config), dataDirectory, lockWaitMs: LOCK_WAIT_MS };
  if (existsSync(join(dataDirectory, STORE_FILE_NAME))) {
    // From within, the path of the service's socket is short enough for the system wherever the directory is.
    process.chdir(dataDirectory);
  } else if (request.do !== 'create') {
    throw new Refused(`There is no store in "${dataDirectory}", and so there are no keys in it.`);
  }
  const line = JSON.stringify(request);
  const askService = (): Promise<string | null> => askDesk(dataDirectory, KEYS_SUBJECT, line);
  const text =
    (await askService()) ??
    (await askHere(config, options, line).catch(async (error: unknown) => {
      if (!(error instanceof StoreInUse)) throw error;
      // It may have started meanwhile.
      const answer = await askService();
      if (answer !== null) return answer;
      throw new Refused(
        `Another process uses the data directory "${dataDirectory}" and does not answer about keys. If it is this service, it is of another version: use the command of that version, or stop it first.`,
      );
    }));
  const answer = JSON.parse(text) as KeyAnswer;
  if (!answer.ok) throw new Refused(answer.message);
  return answer;
}

async function askHere(config: Config, options: SqliteStorageOptions, line: string): Promise<string> {
  const database = await SqliteDatabase.open(options);
  try {
    const clock = new SystemClock();
    const keys = await ApiKeys.open(new SqliteApiKeyStore(database), clock, config.WHATSAPP_API_KEYS);
    const audit = new CallAudit(new SqliteAuditTrailStore(database), clock);
    return await new KeyClerk(keys, audit, clock).answer(line);
  } finally {
    await database.close();
  }
}

function nameIn(name: string | undefined): string {
  if (name === undefined || name === '') throw new CalledWrongly('The name of the key is missing.');
  if (!KEY_NAME.test(name))
    throw new CalledWrongly(`A key cannot be called that: its name is ${KEY_NAME_RULE}.`);
  return name;
}

function accessIn({ scopes, accounts }: Values): Access {
  const words = (text: string): string[] => text.split(',').map((word) => word.trim());
  const known = scopes === undefined ? SCOPES : scopesOf(words(scopes));
  if (!known) throw new CalledWrongly(`--scopes takes ${SCOPES.join(', ')}, separated by commas.`);
  const allowed = accounts === undefined ? null : accountsOf(words(accounts));
  if (accounts !== undefined && !allowed) {
    throw new CalledWrongly(
      `--accounts takes up to ${MOST_ACCOUNTS} ids of 1 to 64 letters, digits, "_" or "-", or beginnings that end in "*", separated by commas.`,
    );
  }
  return { scopes: known, accounts: allowed };
}

function lifetimeIn({ 'expires-in-days': days }: Values): number | null {
  if (days === undefined) return null;
  if (!/^\d{1,4}$/.test(days) || Number(days) < 1 || Number(days) > MOST_DAYS) {
    throw new CalledWrongly(`--expires-in-days takes a whole number from 1 to ${MOST_DAYS}.`);
  }
  return Number(days) * DAY_MS;
}

function allowOptions(values: Values, allowed: readonly string[]): void {
  const other = Object.keys(values).find((option) => !allowed.includes(option));
  if (other !== undefined) throw new CalledWrongly(`--${other} means nothing here.`);
}

function tableOf(keys: readonly ListedKey[]): string {
  const minute = (time: string | null): string => time?.slice(0, 16).replace('T', ' ') ?? '';
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.state,
    key.scopes.join(','),
    key.accounts?.join(',') ?? 'all',
    key.createdAt === null ? 'configured' : minute(key.createdAt),
    key.expiresAt === null ? 'never' : minute(key.expiresAt),
    minute(key.lastUsedAt) || 'never',
  ]);
  const table = [
    ['ID', 'NAME', 'STATE', 'SCOPES', 'ACCOUNTS', 'CREATED (UTC)', 'EXPIRES', 'LAST USED'],
    ...rows,
  ];
  const widths = table.reduce(
    (all, row) => all.map((width, i) => Math.max(width, row[i]?.length ?? 0)),
    Array<number>(8).fill(0),
  );
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function messageOf(error: unknown): unknown {
  const known = [CalledWrongly, Refused, ConfigInvalid, DeskSilent, StoreNotOpened].some(
    (type) => error instanceof type,
  );
  if (known) return (error as Error).message;
  if (error instanceof Error && 'code' in error) {
    const isCalledWrongly = String(error.code).startsWith('ERR_PARSE_ARGS');
    return isCalledWrongly ? `${error.message}\n\n${USAGE}` : `The keys cannot be reached: ${error.message}.`;
  }
  return error;
}

// What is printed here is the answer; only what went wrong beside it is told.
const quiet = (): void => undefined;
const told = (message: unknown): void => {
  console.error(message);
};
Logger.overrideLogger({ log: quiet, debug: quiet, verbose: quiet, warn: told, error: told });

run().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
