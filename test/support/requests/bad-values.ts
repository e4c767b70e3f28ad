import fc from 'fast-check';

/* Values and texts that no route accepts. */

const HOSTILE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'valueOf',
  'acountId',
  'AccountId',
  'accountid',
  'accountId ',
  'accountId\u0000',
  'accountId[]',
  'accountId.x',
  'account_id',
  '',
  '0',
  'length',
  'then',
  'toJSON',
  '$where',
  '../../etc/passwd',
  "'; DROP TABLE auth_state; --",
  '<script>',
  '\ud800',
];

export const secret = fc.oneof(
  fc.stringMatching(/^[1-9]\d{9,13}$/),
  fc.stringMatching(/^[A-Za-z0-9]{30,60}$/),
  fc.stringMatching(/^\+[1-9]\d{2} \d{3} \d{4}$/),
);

export const notAnId = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'default\n',
    'a b',
    'a.b',
    '../x',
    'CON:',
    'a\u0000',
    'ä',
    '😀',
    'a/b',
    'x'.repeat(65),
  ),
  fc.string({ unit: 'binary', maxLength: 80 }).filter((text) => !/^[A-Za-z0-9_-]{1,64}$/.test(text)),
  fc.stringMatching(/^[A-Za-z0-9_-]{65,200}$/),
  secret.map((text) => `${text}!`),
);

const badId = fc.oneof(
  notAnId,
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1e308, 123, [], {}, ['default'], [['default']]),
  fc.constantFrom<unknown>({ toString: 'default' }, { __proto__: 'default' }, { length: 7 }, [null], [[]]),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

export const unknownName = fc.oneof(
  fc.constantFrom(...HOSTILE_NAMES),
  fc.string({ unit: 'binary', maxLength: 200 }).filter((name) => name !== 'accountId'),
  secret,
);

/** JSON text, because an object literal would lose `__proto__`. */
const unknownField = fc
  .tuple(unknownName, fc.jsonValue({ maxDepth: 2 }), fc.boolean())
  .map(
    ([name, value, named]) =>
      `{${JSON.stringify(name)}:${JSON.stringify(value)}${named ? ',"accountId":"canary"' : ''}}`,
  );

export const badObject = fc.oneof(
  badId.map((id) => JSON.stringify({ accountId: id })),
  unknownField,
  fc.constantFrom('[]', '[{"accountId":"canary"}]', '{"accountId":"canary","accountId":5}', '[[]]'),
);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const malformed = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '{"accountId":"canary"',
    "{'accountId':'canary'}",
    '{accountId:"canary"}',
    '\u0000',
  ),
  fc.constantFrom(
    '"canary"',
    '1',
    'null',
    'true',
    'NaN',
    '{"accountId":"canary"}x',
    '{"accountId":"canary",}',
  ),
  fc.constantFrom(
    '{"accountId":"a\nb"}',
    '{"a":01}',
    '\ufeff\ufeff{}',
    '['.repeat(8_000),
    '{"a":'.repeat(3_000),
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).filter((text) => !isJson(text)),
);
