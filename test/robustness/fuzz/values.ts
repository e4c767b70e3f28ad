import type { Random } from '../../support/requests/random.js';
import { FORBIDDEN } from './holders.js';
import type { Field } from './routes.js';

/** Ids of page links for the paths of requests. */
export interface KnownIds {
  /** Links that some callers may revoke. */
  readonly revocable: readonly string[];
  /** Links that no caller may see. */
  readonly hidden: readonly string[];
}

/** Valid phone numbers that the test sends. No message and no log line may contain them. */
export const NUMBERS = ['+4915199000111', '4915199000222', '+5511987650333', '+12025550444', '493099000555'];

const ACCOUNTS = [
  ...Array.from({ length: 9 }, (_, n) => `shop-${n + 1}`),
  'default',
  'store-1',
  ...Object.values(FORBIDDEN),
  ...Object.values(FORBIDDEN),
  'shop',
  'Shop-1',
  'SHOP-1',
  'shop-',
  'store-11',
  'store',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '-',
  '_',
  'x'.repeat(64),
];

const TEXTS = [
  '',
  ' ',
  '\u0000',
  'shop-1\u0000',
  'shop-1\n',
  'shop-*',
  '*',
  '**',
  'shop-1*',
  '../shop-1',
  'shop-1/../forbidden',
  'shop-1|store-1',
  'shop-1,store-1',
  'shop-1 ',
  'ｓhop-1',
  'shop-\u0131',
  '\ud800',
  '\udfff\ud800',
  '\u202eshop-1',
  '\u{1f4a9}',
  "shop-1' OR '1'='1",
  '%73hop-1',
  'null',
  'undefined',
  'true',
  '[object Object]',
  'x'.repeat(65),
  'x'.repeat(5_000),
];

/** Valid JSON that fits no field. */
const ODD_JSON = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e999',
  '-1e999',
  '1e-999',
  '123456789012345678901234567890',
  '9007199254740993',
  '[]',
  '{}',
  '["shop-1"]',
  '[["shop-1"]]',
  '{"0":"shop-1","length":1}',
  '{"toString":"shop-1"}',
  '{"__proto__":"shop-1"}',
  '{"__proto__":{"accountId":"shop-1"}}',
  '"\\ud800"',
  '"\\u0000"',
  '"\\ud83d\\ude00"',
  `${'['.repeat(400)}${']'.repeat(400)}`,
  `${'{"a":'.repeat(400)}1${'}'.repeat(400)}`,
];

const RETURN_URLS = [
  'https://ok.example/',
  'https://ok.example/done?x=1',
  'https://ok.example.evil.com/',
  'https://ok.example@evil.com/',
  'javascript:alert(1)',
  '//ok.example/',
  'https://ok.example/..%2f..%2f',
  'https://ok.example/\u0000',
  'https://[::1/',
  'http://ok.example/',
  'https://ok.example:99999/',
  `https://ok.example/${'a'.repeat(2_100)}`,
];

export const accountFor = (random: Random): string => random.one(ACCOUNTS);

function oddText(random: Random): string {
  return random.one(TEXTS);
}

/** Returns a plausible value for a field, by its name or else by its type. */
function plausible(random: Random, { name, type }: Field): string | number {
  switch (name) {
    case 'accountId':
      return accountFor(random);
    case 'phoneNumber':
    case 'expectedPhoneNumber':
      return random.one([
        ...NUMBERS,
        ...NUMBERS,
        '0123',
        '+0',
        '+',
        '4915199',
        '49 151 99000111',
        '+49151990001112223',
      ]);
    case 'expiresInSeconds':
      return random.one([60, 3_600, 604_800, 59, 604_801, 0, -1, 60.5, 1e21, 1e308]);
    case 'returnUrl':
      return random.one(RETURN_URLS);
    case 'format':
      return random.one(['svg', 'png', 'text', 'json', 'gif', 'SVG']);
    case 'waitMs':
      return random.one([0, 1, 500, 30_000, 30_001, -1, 1e5, '0x10', '1e3', ' 1', '٣']);
    case 'limit':
      return random.one([1, 2, 50, 200, 201, 0, -1, '1e2', '0200', '9'.repeat(30)]);
    case 'before':
      return random.one([1, 5, 9_007_199_254_740_991, 0, '9'.repeat(16), '9'.repeat(40), '1.0']);
    case 'after':
      return random.one(['shop-1', 'forbidden-l', 'AAAAAAAA', 'zzzzzzz', '\u0000', '~']);
    default:
      return type === 'integer' || type === 'number' ? random.below(1_000) : random.one(['a', 'shop-1', '']);
  }
}

const UNKNOWN = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'acountId',
  'AccountId',
  'accountId[]',
  'then',
];

/** Returns a query string, valid or not. */
export function queryFor(random: Random, fields: readonly Field[]): string {
  const parts = fields
    .filter(() => random.below(3) > 0)
    .map((field) => {
      const value = String(random.below(5) === 0 ? oddText(random) : plausible(random, field));
      // Through bytes, because encodeURIComponent cannot encode lone surrogates.
      const written = encodeURIComponent(Buffer.from(value).toString());
      return random.below(12) === 0
        ? `${field.name}=${written.replace(/[a-z]/i, (letter) => `%${letter.charCodeAt(0).toString(16)}`)}`
        : `${field.name}=${written}`;
    });
  if (fields.length === 0 || random.below(8) === 0) parts.push(oddParameter(random));
  if (random.below(12) === 0) parts.push(...parts.slice(0, 1));
  return parts.join('&');
}

function oddParameter(random: Random): string {
  return random.one([
    () => `accountId=${accountFor(random)}`,
    () => `accountId[]=${accountFor(random)}`,
    () => `accountId[0]=${accountFor(random)}`,
    () => `%61ccountId=${accountFor(random)}`,
    () => `accountId=shop-1;accountId=${FORBIDDEN.linked}`,
    () => `${random.one(UNKNOWN)}=1`,
    () => '%00',
    () => 'accountId=%00',
    () => 'accountId=shop-1%00',
    () => 'accountId=%ff',
    () => 'accountId=%c0%ae',
    () => 'accountId=%',
    () => '&&&',
    () => '?accountId=shop-1',
    () => `#accountId=${FORBIDDEN.linked}`,
    () => 'a'.repeat(3_000),
    () => 'a=&'.repeat(1_500),
  ])();
}

/** Returns the text of a JSON body, valid or not. Objects would lose duplicate keys, huge numbers and `__proto__`. */
export function jsonFor(random: Random, fields: readonly Field[], required: readonly string[]): string {
  const members = fields
    .filter(({ name }) => random.below(required.includes(name) ? 12 : 3) > 0)
    .map((field): [string, string] => {
      const kind = random.below(10);
      if (kind === 0) return [field.name, random.one(ODD_JSON)];
      return [field.name, JSON.stringify(kind === 1 ? oddText(random) : plausible(random, field))];
    });
  if (random.below(10) === 0) members.push([random.one(UNKNOWN), random.one(ODD_JSON)]);
  if (random.below(15) === 0) members.push(['accountId', JSON.stringify(accountFor(random))]);
  const text = `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
  if (random.below(15) > 0) return text;
  return random.one([
    () => text.slice(0, random.below(text.length)),
    () => `${text}${text}`,
    () => `[${text}]`,
    () => text.replaceAll('"', "'"),
    () => text.replace('"', '"\u0000'),
    () => `\ufeff${text}`,
    () => `${' '.repeat(17_000)}${text}`,
    () => random.one(ODD_JSON),
    () => 'shop-1',
    () => '',
  ])();
}
