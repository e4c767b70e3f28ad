import { describe, expect, it } from '@jest/globals';
import { quote } from './quote.js';

describe('quote', () => {
  it('a short and plain value is quoted unchanged', () => {
    expect(quote('acountId')).toBe('"acountId"');
  });

  it('a quoted value has at most 64 characters between its quotation marks', () => {
    expect(quote('ab '.repeat(1_000))).toHaveLength(66);
    expect(quote('\u0000'.repeat(1_000))).toHaveLength(66);
  });

  it('a quoted value is escaped', () => {
    expect(quote('a"b\n\u001b[31m\u202e')).toBe(String.raw`"a\"b\n\u001b[31m?"`);
  });

  it.each([
    '+49 151 234567',
    '49151234567',
    '(0151) 23-45-67',
    '0151/12345',
    '4_9_1_5_1_2',
    '٤٩١٥١٢٣٤',
    'x'.repeat(24),
    'A8f3kD92mQ1xZ7pL',
    'c2VjcmV0LXNlY3JldC1zZWNyZXQ=',
    '2@abc/def+ghi1jklm',
  ])('a value that could be a phone number or a secret is hidden: %s', (value) => {
    expect(quote(value)).toBe('(not shown)');
  });
});
