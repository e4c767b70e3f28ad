import { describe, expect, it } from '@jest/globals';
import { readCredential } from './client-request.js';

describe('what a request shows', () => {
  it.each([
    ['nothing', {}, null],
    ['a bearer token', { authorization: 'Bearer wak_1' }, 'wak_1'],
    ['a bearer token, the scheme in small letters', { authorization: 'bearer  wak_1' }, 'wak_1'],
    ['a header of its own', { 'x-api-key': 'wak_1' }, 'wak_1'],
    ['both, the same', { authorization: 'Bearer wak_1', 'x-api-key': 'wak_1' }, 'wak_1'],
    ['another scheme, which is not for us', { authorization: 'Basic d2Fr' }, null],
    ['another scheme, and a key', { authorization: 'Basic d2Fr', 'x-api-key': 'wak_1' }, 'wak_1'],
    ['an empty header', { 'x-api-key': '' }, null],
    ['a scheme that only begins like ours', { authorization: 'Bearerwak_1' }, null],
  ])('is %s', (_, headers, shown) => {
    expect(readCredential(headers)).toBe(shown);
  });

  it('is not valid when two differ', () => {
    expect(() => readCredential({ authorization: 'Bearer wak_1', 'x-api-key': 'wak_2' })).toThrow(
      expect.objectContaining({ code: 'key_invalid' }),
    );
  });
});
