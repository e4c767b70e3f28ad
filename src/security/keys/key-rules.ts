import { SCOPES, type Scope } from '../../whatsapp/domain/scope.js';
import { ACCOUNTS_PATTERN } from '../access/access.js';

/** What a key can be called: it stands in the configuration between `,` and `:`, in the log and in the audit trail. */
export const KEY_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;
export const KEY_NAME_RULE =
  '1 to 64 letters, digits, ".", "_", "-" or "@", beginning with a letter or a digit';

/** So many entries in the list of accounts of one key. */
export const MOST_ACCOUNTS = 200;

/** How long a key that expires can last: ten years. */
export const LONGEST_LIFETIME_MS = 3_650 * 24 * 60 * 60 * 1_000;

/** Null: one of the words is no scope, or there is none. Twice counts once. */
export function scopesOf(words: readonly string[]): readonly Scope[] | null {
  const known = SCOPES.filter((scope) => words.includes(scope));
  const areKnown = words.every((word) => (SCOPES as readonly string[]).includes(word));
  return areKnown && known.length > 0 ? known : null;
}

/** Null: one of the words is neither an id nor the beginning of one with `*`, or there is none, or there are too many. */
export function accountsOf(words: readonly string[]): readonly string[] | null {
  const isSound = words.length > 0 && words.length <= MOST_ACCOUNTS;
  return isSound && words.every((word) => ACCOUNTS_PATTERN.test(word)) ? words : null;
}
