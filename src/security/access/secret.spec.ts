import { describe, expect, it } from '@jest/globals';
import { idOfHash, isHash, isSecretOf, makeSecret, matches, DUMMY_HASH, parseSecret } from './secret.js';

const KINDS = ['wak', 'wpl'] as const;

describe('API keys and link tokens', () => {
  it.each(KINDS)('a %s secret shows its kind and contains its id', (kind) => {
    const { id, text, hash } = makeSecret(kind);
    expect(text).toMatch(new RegExp(`^${kind}_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}$`));
    expect(isSecretOf(kind, text)).toBe(true);
    expect(parseSecret(kind, text)?.id).toBe(id);
    expect(idOfHash(hash)).toBe(id);
    expect(isHash(hash)).toBe(true);
  });

  it('a secret matches its own hash and no other', () => {
    const made = Array.from({ length: 50 }, () => makeSecret('wak'));
    for (const { text } of made) {
      const { secret, id } = parseSecret('wak', text) ?? { secret: '', id: '' };
      const matching = made.filter(({ hash }) => matches(secret, hash));
      expect(matching.map((one) => one.id)).toEqual([id]);
      expect(matches(secret, DUMMY_HASH)).toBe(false);
    }
    expect(new Set(made.map(({ id }) => id)).size).toBe(50);
  });

  it('a secret with one different character does not match the hash', () => {
    const { text, hash } = makeSecret('wak');
    const { secret = '' } = parseSecret('wak', text) ?? {};
    for (let at = 0; at < secret.length; at++) {
      const other = secret[at] === 'A' ? 'B' : 'A';
      expect(matches(secret.slice(0, at) + other + secret.slice(at + 1), hash)).toBe(false);
    }
    expect(matches(secret, hash)).toBe(true);
  });

  it('the hash of a secret does not contain the secret', () => {
    const { text, hash } = makeSecret('wpl');
    expect(hash).not.toContain(parseSecret('wpl', text)?.secret);
  });

  it.each([
    ['an empty text', ''],
    ['a secret of another kind', makeSecret('wpl').text],
    ['a secret without its last letter', makeSecret('wak').text.slice(0, -1)],
    ['a secret with an additional letter', `${makeSecret('wak').text}A`],
    ['a secret before a line break', `${makeSecret('wak').text}\n`],
    ['a secret after a space', ` ${makeSecret('wak').text}`],
    ['a secret in capital letters', makeSecret('wak').text.toUpperCase()],
    ['a text of one megabyte', 'wak_'.padEnd(1_000_000, 'a')],
  ])('parseSecret refuses %s', (_, text) => {
    expect(parseSecret('wak', text)).toBeNull();
  });

  it.each(['', '1', '1..', '2.a.b', `1.${'a'.repeat(21)}.${'b'.repeat(43)}`, '__proto__'])(
    'no secret matches a malformed hash: %j',
    (hash) => {
      expect(isHash(hash)).toBe(false);
      expect(matches('', hash)).toBe(false);
    },
  );
});
