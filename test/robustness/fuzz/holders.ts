import type { Scope } from '../../../src/whatsapp/domain/scope.js';
import { makeSecret } from '../../../src/security/access/secret.js';

/** Somebody who is let in, and what they may do: written down here a second time, for answers to be held against. */
export interface Holder {
  readonly name: string;
  readonly kind: 'key' | 'link';
  readonly id: string;
  /** The key or token as it is sent. */
  readonly text: string;
  readonly scopes: readonly Scope[];
  /** Ids, or beginnings of ids that end in `*`; null: all. */
  readonly accounts: readonly string[] | null;
}

export interface KeyHolder extends Holder {
  readonly hash: string;
}

const ALL: readonly Scope[] = ['read', 'pair', 'disconnect', 'admin'];

function key(name: string, scopes: readonly Scope[], accounts: KeyHolder['accounts']): KeyHolder {
  return { name, kind: 'key', ...makeSecret('wak'), scopes, accounts };
}

/** May do everything: only the test itself calls with it. */
export const OWNER = key('owner', ALL, null);

/** None of them may change anything but accounts that are there to be changed. */
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

/** Of these nobody may hear or change anything, but for those who may read or audit all accounts. */
export const FORBIDDEN = {
  linked: 'forbidden-linked',
  pairing: 'forbidden-pairing',
  withLink: 'forbidden-link',
  none: 'forbidden-none',
};

export function mayUse({ accounts }: Holder, accountId: string): boolean {
  return (
    accounts === null ||
    accounts.includes(accountId) ||
    accounts.some((entry) => entry.endsWith('*') && accountId.startsWith(entry.slice(0, -1)))
  );
}

/** Who has a page link for an account: @param url as it is made */
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
