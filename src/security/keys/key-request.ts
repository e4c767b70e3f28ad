import type { Access } from '../access/access.js';
import { accountsOf, KEY_NAME, LONGEST_LIFETIME_MS, scopesOf } from './key-rules.js';
import type { KeyState } from './loaded-api-key.js';
import type { ApiKey } from '../ports/api-key.store.js';
import { idOfHash, isHash } from '../access/secret.js';

/** Path on the control socket: the request is a `KeyRequest`, the answer a `KeyAnswer`. */
export const KEYS_PATH = '/v1/keys';

/** A new key as the command sends it. The secret stays in the command. */
export interface NewKey extends Access {
  readonly name: string;
  readonly hash: string;
  /** Time from creation to expiry, at most `LONGEST_LIFETIME_MS`; null: the key does not expire. */
  readonly lifetimeMs: number | null;
}

export type KeyRequest =
  | { readonly do: 'create'; readonly key: NewKey }
  | { readonly do: 'list' }
  /** `key`: id or name. */
  | { readonly do: 'revoke'; readonly key: string };

/** A key as it is listed, without its hash. */
export interface ListedKey extends Omit<
  ApiKey,
  'hash' | 'createdAt' | 'expiresAt' | 'lastUsedAt' | 'revokedAt'
> {
  readonly state: KeyState;
  /** Null: the key is in the configuration. All times are ISO 8601. */
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

/** Parses a request. Null: this version does not know it. */
export function readKeyRequest(text: string): KeyRequest | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const request = fieldsOf(parsed);
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

/** Returns the new key as it is stored. */
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

/** Without a limit, the expiry could be an invalid date, and the key would never expire. */
function isLifetime(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= LONGEST_LIFETIME_MS;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
