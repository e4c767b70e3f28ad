import type { ErrorCode } from '../../support/error-codes.js';
import type { Random } from '../../support/requests/random.js';
import type { Holder, KeyHolder } from './holders.js';

export type Header = readonly [name: string, value: string];

/** The valid keys and links of the test, and secrets that must not work when altered. */
export interface CredentialHolders {
  readonly holders: readonly Holder[];
  /** Valid credentials that the test sends only in altered form. */
  readonly others: readonly Holder[];
  readonly hashes: readonly KeyHolder[];
}

/** The credentials of a request, and the expected result. */
export interface PresentedCredential {
  readonly headers: readonly Header[];
  /** The holder that may be authenticated; null when none may. */
  readonly by: Holder | null;
  /**
   * The error code when the request is otherwise valid. Null: the holder is authenticated. Undefined: not determined.
   */
  readonly refusal: ErrorCode | null | undefined;
  /** A credential in the query, which the service must ignore. */
  readonly query?: string;
}

const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');

const bearer = (text: string): Header => ['Authorization', `Bearer ${text}`];
const apiKey = (text: string): Header => ['X-API-Key', text];
const either = (random: Random, text: string): Header => random.one([bearer, apiKey])(text);

function invalid(text: string): ErrorCode {
  return text.startsWith('wpl_') ? 'link_invalid' : 'key_invalid';
}

/** Returns the text with one changed character after its prefix, in the id or in the secret. */
function altered(random: Random, text: string): string {
  const at = 4 + random.below(text.length - 4);
  const letter = random.one(LETTERS.filter((other) => other !== text[at]));
  return text.slice(0, at) + letter + text.slice(at + 1);
}

function unauthenticated(headers: readonly Header[], refusal?: ErrorCode): PresentedCredential {
  return { headers, by: null, refusal };
}

/** Returns a text that resembles the secret, such as a part, a repetition or another encoding. */
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

/** A way to send credentials, with its relative frequency. */
type CredentialCase = readonly [
  weight: number,
  show: (random: Random, holders: CredentialHolders) => PresentedCredential,
];

function anyHolder(random: Random, { holders, others }: CredentialHolders): Holder {
  return random.one([...holders, ...others]);
}

const VALID: CredentialCase = [
  40,
  (random, { holders }) => {
    const by = random.one(holders);
    return { headers: [either(random, by.text)], by, refusal: null };
  },
];

const CASES: readonly CredentialCase[] = [
  VALID,
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
        // Node uses the first one when a single-value header is repeated.
        [bearer(by.text), bearer(random.one(holders).text)],
      ]);
      return { headers, by, refusal: null };
    },
  ],
  [
    8,
    (random, holders) => {
      const { text } = anyHolder(random, holders);
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
      return unauthenticated(headers, headers[0]?.[0] === 'X-API-Key:' ? undefined : 'key_missing');
    },
  ],
  [
    16,
    (random, holders) => {
      const text = altered(random, anyHolder(random, holders).text);
      return unauthenticated([either(random, text)], invalid(text));
    },
  ],
  [
    10,
    (random, holders) => {
      // The id of one holder with the secret of another, of both kinds.
      const [one, other] = [anyHolder(random, holders), anyHolder(random, holders)];
      const kind = random.one(['wak', 'wpl']);
      const isSame = one === other && one.text.startsWith(kind);
      const secret = isSame ? 'A'.repeat(43) : other.text.slice(13);
      const text = `${kind}_${one.id}_${secret}`;
      return unauthenticated([either(random, text)], invalid(text));
    },
  ],
  [
    8,
    (random, holders) => {
      const text = distorted(random, anyHolder(random, holders).text);
      return unauthenticated([either(random, text)]);
    },
  ],
  [
    5,
    (random, holders) => {
      const [one, other] = random.shuffled([...holders.holders, ...holders.others]);
      const texts = [one?.text ?? '', other?.text ?? ''] as const;
      return random.one([
        () => unauthenticated([bearer(texts[0]), apiKey(texts[1])], 'key_invalid'),
        () => unauthenticated([apiKey(texts[0]), apiKey(texts[1])]),
        () => unauthenticated([bearer(altered(random, texts[0])), bearer(texts[0])]),
        () => unauthenticated([bearer(altered(random, texts[0])), apiKey(texts[0])], 'key_invalid'),
      ])();
    },
  ],
  [
    5,
    (random, { hashes }) => {
      const { hash, name } = random.one(hashes);
      return unauthenticated([
        either(random, random.one([hash, `${name}:${hash}`, `wak_${hash}`, `1.${hash}`])),
      ]);
    },
  ],
  [
    4,
    (random, holders) => {
      const { text } = anyHolder(random, holders);
      const name = random.one([
        'key',
        'api_key',
        'apikey',
        'access_token',
        'token',
        'authorization',
        'x-api-key',
      ]);
      return { ...unauthenticated([], 'key_missing'), query: `${name}=${text}` };
    },
  ],
];

/** @param onlyValid always valid credentials, in a usual form */
export function presentCredential(
  random: Random,
  holders: CredentialHolders,
  onlyValid = false,
): PresentedCredential {
  if (onlyValid) return VALID[1](random, holders);
  const total = CASES.reduce((sum, [weight]) => sum + weight, 0);
  let rest = random.below(total);
  for (const [weight, show] of CASES) {
    if (rest < weight) return show(random, holders);
    rest -= weight;
  }
  return unauthenticated([], 'key_missing');
}
