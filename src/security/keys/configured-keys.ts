import { SCOPES } from '../../whatsapp/domain/scope.js';
import type { Access } from '../access/access.js';
import { accountsOf, KEY_NAME, scopesOf } from './key-rules.js';
import { idOfHash, isHash } from '../access/secret.js';

/** A key of the configuration, which holds only its hash. */
export interface ConfiguredKey extends Access {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
}

/** The list of configured keys is invalid. The message does not quote the list. */
export class ConfiguredKeysInvalid extends Error {
  override readonly name = 'ConfiguredKeysInvalid';
}

/**
 * Parses entries of the form `name:hash[:scopes[:accounts]]`, separated by commas. Scopes are joined with `+`, accounts
 * with `|`; both default to all.
 * @throws ConfiguredKeysInvalid
 */
export function configuredKeys(text: string): readonly ConfiguredKey[] {
  const keys = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry, index) => {
      const key = configuredKey(entry);
      if (!key) throw new ConfiguredKeysInvalid(`entry ${index + 1} has another form`);
      return key;
    });
  for (const field of ['name', 'id'] as const) {
    const values = keys.map((key) => key[field]);
    const second = values.findIndex((value, index) => values.indexOf(value) < index);
    if (second >= 0) {
      throw new ConfiguredKeysInvalid(
        `entry ${second + 1} has the ${field === 'name' ? 'name' : 'hash'} of an earlier one`,
      );
    }
  }
  return keys;
}

/** Returns the key as an entry of the configuration. */
export function configuredText({ name, hash, scopes, accounts }: Omit<ConfiguredKey, 'id'>): string {
  const parts = [name, hash];
  if (accounts !== null || scopes.length < SCOPES.length) parts.push(scopes.join('+'));
  if (accounts !== null) parts.push(accounts.join('|'));
  return parts.join(':');
}

function configuredKey(entry: string): ConfiguredKey | null {
  const [name = '', hash = '', scopeWords, accountWords, ...others] = entry.split(':');
  const scopes = scopeWords === undefined ? SCOPES : scopesOf(scopeWords.split('+'));
  const accounts = accountWords === undefined ? null : accountsOf(accountWords.split('|'));
  const isValid = KEY_NAME.test(name) && isHash(hash) && others.length === 0;
  if (!isValid || !scopes || (accountWords !== undefined && !accounts)) return null;
  return { id: idOfHash(hash), name, hash, scopes, accounts };
}
