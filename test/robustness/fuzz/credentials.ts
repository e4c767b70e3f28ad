import type { ErrorCode } from '../../support/error-codes.js';
import type { Random } from '../../support/requests/random.js';
import type { Holder, KeyHolder } from './holders.js';

export type Header = readonly [name: string, value: string];

/** Whoever can be let in, and secrets of which nobody may get in with a part. */
export interface CredentialHolders {
  readonly holders: readonly Holder[];
  /** Of others, who do not call: they are only sent altered. */
  readonly others: readonly Holder[];
  readonly hashes: readonly KeyHolder[];
}

/** What a request shows. */
export interface Shown {
  readonly headers: readonly Header[];
  /** Who can be let in with it at most; null: nobody. */
  readonly by: Holder | null;
  /** What it is refused with where nothing else is wrong; null: the holder is let in; undefined: not said here. */
  readonly refusal: ErrorCode | null | undefined;
  /** To be shown where nothing looks for it. */
  readonly query?: string;
}

const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');

const bearer = (text: string): Header => ['Authorization', `Bearer ${text}`];
const apiKey = (text: string): Header => ['X-API-Key', text];
const either = (random: Random, text: string): Header => random.one([bearer, apiKey])(text);

function invalid(text: string): ErrorCode {
  return text.startsWith('wpl_') ? 'link_invalid' : 'key_invalid';
}

/** The secret with one character changed behind its prefix, in the id or in the secret. */
function altered(random: Random, text: string): string {
  const at = 4 + random.below(text.length - 4);
  const letter = random.one(LETTERS.filter((other) => other !== text[at]));
  return text.slice(0, at) + letter + text.slice(at + 1);
}

function nobody(headers: readonly Header[], refusal?: ErrorCode): Shown {
  return { headers, by: null, refusal };
}

/** Reads like the secret to people, and to a careless program. */
function distorted(random: Random, text: string): string {
  const at = 1 + random.below(text.length - 1);
  return random.one([
    () => text.slice(0, at),
    () => text + random.one(LETTERS),
    () => `${text} ${text}`,
    () => `${text},${text}`,
    () => `"${text}"`,
    () => `${text}=`,
    () => text.replace('_', '%5F'),
    () => text.toUpperCase(),
    () => text.toLowerCase(),
    () => Buffer.from(text).toString('base64'),
    () => `${text.slice(0, at)}\u00e9${text.slice(at)}`,
    () => `${text.slice(0, at)}\t${text.slice(at)}`,
    () => `${text}\u00a0`,
    () => `${text}/../`,
    () => text.split('_').slice(1).join('_'),
    () => text.split('_').slice(0, 2).join('_'),
    () => text.repeat(40),
    () => '*',
    () => 'undefined',
    () => '__proto__',
    () => `wak___proto____${'A'.repeat(39)}`,
  ])();
}

/** Each is a way to call, with how often it is chosen. */
type Way = readonly [weight: number, show: (random: Random, holders: CredentialHolders) => Shown];

function anybody(random: Random, { holders, others }: CredentialHolders): Holder {
  return random.one([...holders, ...others]);
}

const RIGHT: Way = [
  40,
  (random, { holders }) => {
    const by = random.one(holders);
    return { headers: [either(random, by.text)], by, refusal: null };
  },
];

const WAYS: readonly Way[] = [
  RIGHT,
  [
    6,
    (random, { holders }) => {
      const by = random.one(holders);
      const headers = random.one<readonly Header[]>([
        [['aUTHORIZATION', `bEARER ${by.text}`]],
        [['authorization', `BEARER     ${by.text}  `]],
        [['x-aPI-key', `  ${by.text}`]],
        [bearer(by.text), apiKey(by.text)],
        [apiKey(by.text), ['Authorization', 'Basic b3duZXI6b3duZXI=']],
        // Of a header that can stand only once, Node takes the first.
        [bearer(by.text), bearer(random.one(holders).text)],
      ]);
      return { headers, by, refusal: null };
    },
  ],
  [
    8,
    (random, holders) => {
      const { text } = anybody(random, holders);
      const headers = random.one<readonly Header[]>([
        [],
        [],
        [['Authorization', `Basic ${Buffer.from(`${text}:`).toString('base64')}`]],
        [['Authorization', `Token ${text}`]],
        [['Authorization', text]],
        [['Authorization', `Bearer\t${text}`]],
        [['Authorization', 'Bearer']],
        [['Authorization', `Bearer${text}`]],
        [['X-API-Key', '']],
        [['Proxy-Authorization', `Bearer ${text}`]],
        [['Cookie', `key=${text}; authorization=Bearer%20${text}`]],
        [['X-Api_Key', text]],
        [['X-Forwarded-Authorization', `Bearer ${text}`]],
        [['X-API-Key:', text]],
      ]);
      return nobody(headers, headers[0]?.[0] === 'X-API-Key:' ? undefined : 'key_missing');
    },
  ],
  [
    16,
    (random, holders) => {
      const text = altered(random, anybody(random, holders).text);
      return nobody([either(random, text)], invalid(text));
    },
  ],
  [
    10,
    (random, holders) => {
      // The id of one with the secret of another, of both kinds.
      const [one, other] = [anybody(random, holders), anybody(random, holders)];
      const kind = random.one(['wak', 'wpl']);
      const isSame = one === other && one.text.startsWith(kind);
      const secret = isSame ? 'A'.repeat(43) : other.text.slice(13);
      const text = `${kind}_${one.id}_${secret}`;
      return nobody([either(random, text)], invalid(text));
    },
  ],
  [
    8,
    (random, holders) => {
      const text = distorted(random, anybody(random, holders).text);
      return nobody([either(random, text)]);
    },
  ],
  [
    5,
    (random, holders) => {
      const [one, other] = random.shuffled([...holders.holders, ...holders.others]);
      const texts = [one?.text ?? '', other?.text ?? ''] as const;
      return random.one([
        () => nobody([bearer(texts[0]), apiKey(texts[1])], 'key_invalid'),
        () => nobody([apiKey(texts[0]), apiKey(texts[1])]),
        () => nobody([bearer(altered(random, texts[0])), bearer(texts[0])]),
        () => nobody([bearer(altered(random, texts[0])), apiKey(texts[0])], 'key_invalid'),
      ])();
    },
  ],
  [
    5,
    (random, { hashes }) => {
      const { hash, name } = random.one(hashes);
      return nobody([either(random, random.one([hash, `${name}:${hash}`, `wak_${hash}`, `1.${hash}`]))]);
    },
  ],
  [
    4,
    (random, holders) => {
      const { text } = anybody(random, holders);
      const name = random.one([
        'key',
        'api_key',
        'apikey',
        'access_token',
        'token',
        'authorization',
        'x-api-key',
      ]);
      return { ...nobody([], 'key_missing'), query: `${name}=${text}` };
    },
  ],
];

/** @param onlyRight somebody who can be let in, and nothing odd about it */
export function shownBy(random: Random, holders: CredentialHolders, onlyRight = false): Shown {
  if (onlyRight) return RIGHT[1](random, holders);
  const total = WAYS.reduce((sum, [weight]) => sum + weight, 0);
  let rest = random.below(total);
  for (const [weight, show] of WAYS) {
    if (rest < weight) return show(random, holders);
    rest -= weight;
  }
  return nobody([], 'key_missing');
}
