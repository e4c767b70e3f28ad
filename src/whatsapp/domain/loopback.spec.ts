import { describe, expect, it } from '@jest/globals';
import { isLoopback } from './loopback.js';

describe('isLoopback', () => {
  it.each(['localhost', '127.0.0.1', '127.0.0.2', '127.255.255.254', '::1', '[::1]'])(
    'the host "%s" is a loopback host',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each([
    '',
    '0.0.0.0',
    '128.0.0.1',
    '127.0.0.1.example.org',
    '127.0.0',
    '1127.0.0.1',
    'localhost.',
    'localhost.example.org',
    'my-localhost',
    '::',
    '[::]',
    '[::ffff:7f00:1]',
    '::11',
    '[::1',
  ])('the host "%s" is not a loopback host', (host) => {
    expect(isLoopback(host)).toBe(false);
  });

  it.each([
    ['http://127.1', true],
    ['http://2130706433', true],
    ['http://LOCALHOST', true],
    ['http://[0:0:0:0:0:0:0:1]', true],
    ['http://127.0.0.1.', true],
    ['http://127.example.org', false],
    ['http://[::ffff:127.0.0.1]', false],
  ])('the host of %s is checked in the form that URL gives it', (url, expected) => {
    expect(isLoopback(new URL(url).hostname)).toBe(expected);
  });
});
