import { SCOPES } from '../../whatsapp/domain/scope.js';
import type { Access } from '../access/access.js';
import { accountsOf, KEY_NAME, scopesOf } from './key-rules.js';
import { idOfHash, isHash } from '../access/secret.js';

/** A key that stands in the configuration, as its hash. */
export interface ConfiguredKey extends Access {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
}

/** What is wrong with the list of configured keys; it says nothing of what stands there. */
export class ConfiguredKeysInvalid extends Error {
  override readonly name = 'ConfiguredKeysInvalid';
}

/**
 * `name:hash[:scopes[:accounts]]`, separated by commas; scopes joined with `+` (default: all), accounts with `|` (default:
 * all).
 * @throws ConfiguredKeysInvalid
 */
export function configuredKeys(text: string): readonly ConfiguredKey[] {
  const keys = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry, index) => {
      const key = configuredKey(entry);
      if (!key) throw new ConfiguredKeysInvalid(`entry ${index + 1} is something else`);
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

/** As it stands in the configuration. */
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
  const isSound = KEY_NAME.test(name) && isHash(hash) && others.length === 0;
  if (!isSound || !scopes || (accountWords !== undefined && !accounts)) return null;
  return { id: idOfHash(hash), name, hash, scopes, accounts };
}
