import { SCOPES, type Scope } from '../../whatsapp/domain/scope.js';
import { ACCOUNTS_PATTERN } from '../access/access.js';

/** Form of a key's name. It has no `,` and no `:`, which separate the entries of WHATSAPP_API_KEYS and their fields. */
export const KEY_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;
export const KEY_NAME_RULE =
  '1 to 64 letters, digits, ".", "_", "-" or "@", beginning with a letter or a digit';

/** Maximum length of a key's list of accounts. */
export const MOST_ACCOUNTS = 200;

/** Maximum lifetime of a key that expires: ten years. */
export const LONGEST_LIFETIME_MS = 3_650 * 24 * 60 * 60 * 1_000;

/** Returns the scopes without repetitions. Null: the list is empty, or a word is no scope. */
export function scopesOf(words: readonly string[]): readonly Scope[] | null {
  const known = SCOPES.filter((scope) => words.includes(scope));
  const areKnown = words.every((word) => (SCOPES as readonly string[]).includes(word));
  return areKnown && known.length > 0 ? known : null;
}

/** Returns the list of accounts. Null: it is empty or too long, or a word is neither an id nor a prefix that ends in `*`. */
export function accountsOf(words: readonly string[]): readonly string[] | null {
  const isValidLength = words.length > 0 && words.length <= MOST_ACCOUNTS;
  return isValidLength && words.every((word) => ACCOUNTS_PATTERN.test(word)) ? words : null;
}
