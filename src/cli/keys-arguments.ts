import type { Access } from '../security/access/access.js';
import {
  accountsOf,
  KEY_NAME,
  KEY_NAME_RULE,
  LONGEST_LIFETIME_MS,
  MOST_ACCOUNTS,
  scopesOf,
} from '../security/keys/key-rules.js';
import { parseSecret } from '../security/access/secret.js';
import { SCOPES } from '../whatsapp/domain/scope.js';
import { parseCommandLine, UsageError } from './command-line.js';

export const USAGE = `Usage: npm run keys -- COMMAND

  create NAME    creates an API key and prints it once; only its hash is stored
                   --scopes read,pair,disconnect,admin   what the key may do; default: all scopes
                   --accounts acme,shop-*                account ids, or prefixes that end in *; default: all
                   --expires-in-days N                   1 to 3650; default: the key does not expire
  list           lists the keys, without their secrets
  revoke KEY     revokes a key, by its id or name; this cannot be undone
  hash NAME      makes a key for WHATSAPP_API_KEYS: prints the key and the entry, and stores nothing;
                   accepts --scopes and --accounts

Changes apply to a running service at once. As soon as there is one key, every call needs one.`;

/** A call of the command. */
export type KeysCall =
  | { readonly do: 'help' | 'list' }
  | ({ readonly do: 'create'; readonly name: string; readonly lifetimeMs: number | null } & Access)
  | ({ readonly do: 'hash'; readonly name: string } & Access)
  /** By its id or its name. */
  | { readonly do: 'revoke'; readonly key: string };

const DAY_MS = 24 * 60 * 60 * 1_000;
const MAX_DAYS = LONGEST_LIFETIME_MS / DAY_MS;

const OPTIONS = {
  scopes: { type: 'string' },
  accounts: { type: 'string' },
  'expires-in-days': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parseCommandLine<{ options: typeof OPTIONS }>>['values'];

/** @throws UsageError */
export function readArguments(args: readonly string[]): KeysCall {
  const config = { args: [...args], options: OPTIONS, allowPositionals: true } as const;
  const { values, positionals } = parseCommandLine(config, USAGE);
  const [command, subject, ...others] = positionals;
  if (values.help) return { do: 'help' };
  if (others.length > 0) throw usageError(`Unexpected argument "${others.join(' ')}".`);
  switch (command) {
    case 'create':
      return { do: 'create', name: nameIn(subject), ...accessIn(values), lifetimeMs: lifetimeIn(values) };
    case 'hash':
      allowOptions(values, ['scopes', 'accounts']);
      return { do: 'hash', name: nameIn(subject), ...accessIn(values) };
    case 'revoke':
      allowOptions(values, []);
      if (!subject) throw usageError('The id or name of the key is missing.');
      // The operator may pass the key itself instead of its id.
      return { do: 'revoke', key: parseSecret('wak', subject)?.id ?? subject };
    case 'list':
      allowOptions(values, []);
      if (subject) throw usageError(`Unexpected argument "${subject}".`);
      return { do: 'list' };
    case undefined:
      throw usageError('A command is missing.');
    default:
      throw usageError(`There is no command "${command}".`);
  }
}

function usageError(problem: string): UsageError {
  return new UsageError(USAGE, problem);
}

function nameIn(name: string | undefined): string {
  if (name === undefined || name === '') throw usageError('The name of the key is missing.');
  if (!KEY_NAME.test(name))
    throw usageError(`This name is not allowed. The name of a key is ${KEY_NAME_RULE}.`);
  return name;
}

function accessIn({ scopes, accounts }: Values): Access {
  const words = (text: string): string[] => text.split(',').map((word) => word.trim());
  const known = scopes === undefined ? SCOPES : scopesOf(words(scopes));
  if (!known) throw usageError(`--scopes accepts ${SCOPES.join(', ')}, separated by commas.`);
  const allowed = accounts === undefined ? null : accountsOf(words(accounts));
  if (accounts !== undefined && !allowed) {
    throw usageError(
      `--accounts accepts up to ${MOST_ACCOUNTS} ids of 1 to 64 letters, digits, "_" or "-", or prefixes that end in "*", separated by commas.`,
    );
  }
  return { scopes: known, accounts: allowed };
}

function lifetimeIn({ 'expires-in-days': days }: Values): number | null {
  if (days === undefined) return null;
  if (!/^\d{1,4}$/.test(days) || Number(days) < 1 || Number(days) > MAX_DAYS) {
    throw usageError(`--expires-in-days accepts a whole number from 1 to ${MAX_DAYS}.`);
  }
  return Number(days) * DAY_MS;
}

function allowOptions(values: Values, allowed: readonly string[]): void {
  const other = Object.keys(values).find((option) => !allowed.includes(option));
  if (other !== undefined) throw usageError(`This command does not accept --${other}.`);
}
