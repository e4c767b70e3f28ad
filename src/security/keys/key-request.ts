import type { Access } from '../access/access.js';
import { accountsOf, KEY_NAME, LONGEST_LIFETIME_MS, scopesOf } from './key-rules.js';
import type { KeyState } from './loaded-api-key.js';
import type { ApiKey } from '../ports/api-key.store.js';
import { idOfHash, isHash } from '../access/secret.js';

/** Path of the control socket that takes a `KeyRequest` and answers with a `KeyAnswer`. */
export const KEYS_PATH = '/v1/keys';

/** A key that was made by the command: its secret has never left it. */
export interface NewKey extends Access {
  readonly name: string;
  readonly hash: string;
  /** From its creation on, at most `LONGEST_LIFETIME_MS`; null: it does not expire. */
  readonly lifetimeMs: number | null;
}

export type KeyRequest =
  | { readonly do: 'create'; readonly key: NewKey }
  | { readonly do: 'list' }
  /** @see ApiKeys.revoke */
  | { readonly do: 'revoke'; readonly key: string };

/** A key as it is listed: with nothing in it that could be a secret. */
export interface ListedKey extends Omit<
  ApiKey,
  'hash' | 'createdAt' | 'expiresAt' | 'lastUsedAt' | 'revokedAt'
> {
  readonly state: KeyState;
  /** Null: it stands in the configuration. All times in ISO 8601. */
  readonly createdAt: string | null;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

export type KeyAnswer =
  | { readonly ok: true; readonly did: 'create'; readonly id: string; readonly isFirst: boolean }
  | { readonly ok: true; readonly did: 'list'; readonly keys: readonly ListedKey[] }
  | { readonly ok: true; readonly did: 'revoke'; readonly id: string; readonly name: string }
  | { readonly ok: false; readonly message: string };

/** Null: not what this version understands. */
export function readKeyRequest(text: string): KeyRequest | null {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return null;
  }
  const request = fieldsOf(said);
  switch (request['do']) {
    case 'list':
      return { do: 'list' };
    case 'revoke':
      return typeof request['key'] === 'string' ? { do: 'revoke', key: request['key'] } : null;
    case 'create': {
      const key = newKey(fieldsOf(request['key']));
      return key && { do: 'create', key };
    }
    default:
      return null;
  }
}

/** The key as it is kept. */
export function keyOf({ lifetimeMs, ...key }: NewKey, now: Date): ApiKey {
  return {
    ...key,
    id: idOfHash(key.hash),
    createdAt: now,
    expiresAt: lifetimeMs === null ? null : new Date(now.getTime() + lifetimeMs),
    lastUsedAt: null,
    revokedAt: null,
  };
}

function newKey({ name, hash, scopes, accounts, lifetimeMs }: Record<string, unknown>): NewKey | null {
  if (typeof name !== 'string' || !KEY_NAME.test(name)) return null;
  if (typeof hash !== 'string' || !isHash(hash)) return null;
  const known = areTexts(scopes) ? scopesOf(scopes) : null;
  if (!known) return null;
  const allowed = areTexts(accounts) ? accountsOf(accounts) : null;
  if (accounts !== null && !allowed) return null;
  if (lifetimeMs !== null && !isLifetime(lifetimeMs)) return null;
  return { name, hash, scopes: known, accounts: allowed, lifetimeMs };
}

/** Without a bound the end could be no date, and so never come. */
function isLifetime(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= LONGEST_LIFETIME_MS;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
