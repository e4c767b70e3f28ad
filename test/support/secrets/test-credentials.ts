import { makeSecret } from '../../../src/security/access/secret.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import type { PhoneNumber } from '../../../src/whatsapp/domain/phone-number.js';
import { SCOPES, type Scope } from '../../../src/whatsapp/domain/scope.js';

/** The account of the accepted keys and links. */
export const MINE = 'mine' as AccountId;

const PAST = new Date(Date.now() - 3_600_000);
const without = (scope: Scope): Scope[] => SCOPES.filter((one) => one !== scope);

export const KEYS = {
  right: {},
  expired: { expiresAt: PAST },
  revoked: { revokedAt: PAST },
  revokedAndExpired: { revokedAt: PAST, expiresAt: PAST },
  withoutread: { scopes: without('read') },
  withoutpair: { scopes: without('pair') },
  withoutdisconnect: { scopes: without('disconnect') },
  withoutadmin: { scopes: without('admin') },
  others: { accounts: ['other', 'min', 'mine-*', 'Mine'] },
} as const;

export const LINKS = {
  open: { accountId: MINE },
  toRevoke: { accountId: MINE },
  bound: { accountId: MINE, expectedPhone: '491511234567' as PhoneNumber },
  expired: { accountId: MINE, expiresAt: PAST },
  revoked: { accountId: MINE, ended: { as: 'revoked', at: PAST } },
  used: { accountId: MINE, ended: { as: 'used', at: PAST } },
} as const;

/** The secrets of `KEYS` and `LINKS`. */
export interface TestSecrets {
  readonly keys: Readonly<Record<keyof typeof KEYS, string>>;
  readonly links: Readonly<Record<keyof typeof LINKS, string>>;
}

export type Shown = Readonly<Record<string, string>>;

export const bearer = (secret: string): Shown => ({ authorization: `Bearer ${secret}` });
export const idOf = (secret: string): string => secret.split('_')[1] ?? '';

const UNKNOWN = makeSecret('wak').text;

/** Credentials that are refused on every route, with the code of the refusal. */
export const REFUSED: readonly (readonly [
  what: string,
  shown: (secrets: TestSecrets) => Shown,
  code: string,
])[] = [
  ['a missing key', () => ({}), 'key_missing'],
  [
    'a key with another scheme',
    ({ keys }) => ({ authorization: `Basic ${btoa(`x:${keys.right}`)}` }),
    'key_missing',
  ],
  ['an unknown key', () => bearer(UNKNOWN), 'key_invalid'],
  [
    'the id of a key with another secret',
    ({ keys }) => bearer(`wak_${idOf(keys.right)}_${UNKNOWN.slice(13)}`),
    'key_invalid',
  ],
  ['a key without its last letter', ({ keys }) => bearer(keys.right.slice(0, -1)), 'key_invalid'],
  ['a key with an additional letter', ({ keys }) => bearer(`${keys.right}A`), 'key_invalid'],
  ['a password instead of a key', () => bearer('secret'), 'key_invalid'],
  [
    'a request with two different keys',
    ({ keys }) => ({ ...bearer(keys.right), 'x-api-key': UNKNOWN }),
    'key_invalid',
  ],
  ['a header with two keys', ({ keys }) => ({ 'x-api-key': `${keys.right}, ${keys.right}` }), 'key_invalid'],
  ['an expired key', ({ keys }) => bearer(keys.expired), 'key_expired'],
  ['a revoked key', ({ keys }) => bearer(keys.revoked), 'key_revoked'],
  ['a revoked key that has also expired', ({ keys }) => bearer(keys.revokedAndExpired), 'key_revoked'],
  ['an unknown link', () => bearer(makeSecret('wpl').text), 'link_invalid'],
  ['the token of a link as a key', ({ links }) => bearer(links.open.replace('wpl', 'wak')), 'key_invalid'],
  ['a key as the token of a link', ({ keys }) => bearer(keys.right.replace('wak', 'wpl')), 'link_invalid'],
  ['an expired link', ({ links }) => bearer(links.expired), 'link_expired'],
  ['a revoked link', ({ links }) => bearer(links.revoked), 'link_revoked'],
  ['a link that was used an hour ago', ({ links }) => bearer(links.used), 'link_used'],
];
