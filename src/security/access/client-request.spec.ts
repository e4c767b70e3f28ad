import { describe, expect, it } from '@jest/globals';
import { readCredential } from './client-request.js';

describe('readCredential', () => {
  it.each([
    ['no credential', {}, null],
    ['a bearer token', { authorization: 'Bearer wak_1' }, 'wak_1'],
    ['a bearer token with the scheme in lower case', { authorization: 'bearer  wak_1' }, 'wak_1'],
    ['an X-API-Key header', { 'x-api-key': 'wak_1' }, 'wak_1'],
    ['the same key in both headers', { authorization: 'Bearer wak_1', 'x-api-key': 'wak_1' }, 'wak_1'],
    ['another scheme', { authorization: 'Basic d2Fr' }, null],
    [
      'another scheme and an X-API-Key header',
      { authorization: 'Basic d2Fr', 'x-api-key': 'wak_1' },
      'wak_1',
    ],
    ['an empty X-API-Key header', { 'x-api-key': '' }, null],
    ['a scheme that only starts with Bearer', { authorization: 'Bearerwak_1' }, null],
  ])('readCredential reads a request with %s', (_, headers, shown) => {
    expect(readCredential(headers)).toBe(shown);
  });

  it('a request with two different credentials is not valid', () => {
    expect(() => readCredential({ authorization: 'Bearer wak_1', 'x-api-key': 'wak_2' })).toThrow(
      expect.objectContaining({ code: 'key_invalid' }),
    );
  });
});
