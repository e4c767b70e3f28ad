import type { Scope } from '../../../src/whatsapp/domain/scope.js';
import { makeSecret } from '../../../src/security/access/secret.js';

/**
 * The holder of a valid key or link, with its permissions. They are repeated here independently of the service, to
 * check its answers.
 */
export interface Holder {
  readonly name: string;
  readonly kind: 'key' | 'link';
  readonly id: string;
  /** The key or token as it is sent. */
  readonly text: string;
  readonly scopes: readonly Scope[];
  /** Account ids, or prefixes that end in `*`; null: all accounts. */
  readonly accounts: readonly string[] | null;
}

export interface KeyHolder extends Holder {
  readonly hash: string;
}

const ALL: readonly Scope[] = ['read', 'pair', 'disconnect', 'admin'];

function key(name: string, scopes: readonly Scope[], accounts: KeyHolder['accounts']): KeyHolder {
  return { name, kind: 'key', ...makeSecret('wak'), scopes, accounts };
}

/** Has all permissions. Only the test itself uses it. */
export const OWNER = key('owner', ALL, null);

/** The callers. They may change only the accounts in `CHANGEABLE`. */
export const KEYS: readonly KeyHolder[] = [
  key('shop', ALL, ['shop-*']),
  key('store', ['read', 'pair', 'disconnect'], ['default', 'store-1']),
  key('dashboard', ['read'], null),
  key('auditor', ['admin'], null),
  key('painter', ['pair'], ['shop-1']),
  key('leaver', ['disconnect'], ['shop-9', '__proto__']),
  key('watcher', ['read', 'admin'], ['shop-1', 'shop-2']),
];

/** `WHATSAPP_API_KEYS` */
export const CONFIGURED = [OWNER, ...KEYS]
  .map(({ name, hash, scopes, accounts }) =>
    [name, hash, scopes.join('+'), ...(accounts === null ? [] : [accounts.join('|')])].join(':'),
  )
  .join(',');

/** Accounts that no caller may read or change, except callers with `read` or `admin` for all accounts. */
export const FORBIDDEN = {
  linked: 'forbidden-linked',
  pairing: 'forbidden-pairing',
  withLink: 'forbidden-link',
  none: 'forbidden-none',
};

export function canAccess({ accounts }: Holder, accountId: string): boolean {
  return (
    accounts === null ||
    accounts.includes(accountId) ||
    accounts.some((entry) => entry.endsWith('*') && accountId.startsWith(entry.slice(0, -1)))
  );
}

/** Returns the holder of a page link. @param url the URL that the service created */
export function linkHolder(url: string, accountId: string): Holder {
  const text = new URL(url).hash.slice(1);
  const [, id = ''] = text.split('_');
  return {
    name: `link for ${accountId}`,
    kind: 'link',
    id,
    text,
    scopes: ['read', 'pair'],
    accounts: [accountId],
  };
}
