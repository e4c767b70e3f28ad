import { describe, expect, it } from '@jest/globals';
import { allowedReturnUrl, isBaseUrl } from './return-url.js';

const PREFIXES = [
  'https://ok.example',
  'https://shop.example/app',
  'https://shop.example:8443/a/',
  'http://localhost:8080',
];

describe('return URLs of page links', () => {
  it.each([
    ['https://ok.example', 'https://ok.example/'],
    ['https://ok.example/', 'https://ok.example/'],
    ['https://OK.Example/Any/Path?order=7&next=https://evil.example#done', undefined],
    ['https://ok.example:443/x', 'https://ok.example/x'],
    ['https://ok.example/a/../b', 'https://ok.example/b'],
    ['https://ok.example/@evil.example', undefined],
    ['https://ok.example/a%20b', undefined],
    ['https://shop.example/app', undefined],
    ['https://shop.example/app/', undefined],
    ['https://shop.example/app?x=1', undefined],
    ['https://shop.example/app#x', undefined],
    ['https://shop.example/app/linked/now', undefined],
    ['https://shop.example:8443/a/b', undefined],
    ['http://localhost:8080/done', undefined],
  ])('allowedReturnUrl permits %s', (text, understood) => {
    const expected = understood ?? text.replace('OK.Example', 'ok.example');
    expect(allowedReturnUrl(text, PREFIXES)).toBe(expected);
  });

  it.each([
    ['another host', 'https://evil.example/'],
    ['a host that begins with the allowed one', 'https://ok.example.evil.com/'],
    ['a host that ends with the allowed one', 'https://evil-ok.example/'],
    ['a host below the allowed one', 'https://www.ok.example/'],
    ['the allowed host as a user', 'https://ok.example@evil.com/'],
    ['the allowed host as a user with a password', 'https://ok.example:443@evil.com/'],
    ['a user at the allowed host', 'https://user@ok.example/'],
    ['an empty user at the allowed host', 'https://@ok.example/'],
    ['a final dot of the host', 'https://ok.example./'],
    ['another port', 'https://ok.example:8443/'],
    ['another scheme', 'http://ok.example/'],
    ['no scheme', '//ok.example/'],
    ['no host', 'https:ok.example/'],
    ['a third slash', 'https:///ok.example/'],
    ['a path only', '/done'],
    ['backslashes', 'https:\\\\ok.example\\'],
    ['a backslash before the user', 'https://evil.com\\@ok.example/'],
    ['a backslash in the path', 'https://shop.example/app\\..\\admin'],
    ['the scheme javascript:', 'javascript:alert(1)'],
    ['the scheme javascript: and a comment', 'javascript://ok.example/%0aalert(1)'],
    ['the scheme javascript: after a control character', '\u0001javascript:alert(1)'],
    ['the scheme data:', 'data:text/html,https://ok.example/'],
    ['the scheme blob:', 'blob:https://ok.example/7'],
    ['a tab in the scheme', 'ht\ttps://ok.example/'],
    ['a line feed in the host', 'https://ok.exa\nmple/'],
    ['a leading space', ' https://ok.example/'],
    ['a trailing space', 'https://ok.example/ '],
    ['an ideographic space', 'https://ok.example/\u3000'],
    ['NUL', 'https://ok.example/\u0000'],
    ['a path that only starts like the allowed one', 'https://shop.example/apple'],
    ['the path in another case', 'https://shop.example/App/'],
    ['no path below the allowed one', 'https://shop.example/'],
    ['a path with ..', 'https://shop.example/app/../admin'],
    ['a path with encoded dots', 'https://shop.example/app/%2e%2e/admin'],
    ['a path with one encoded dot', 'https://shop.example/app/.%2E/admin'],
    ['a path with an encoded slash', 'https://shop.example/app/..%2fadmin'],
    ['a path with an encoded backslash', 'https://shop.example/app/..%5cadmin'],
    ['a path with a doubly encoded slash', 'https://shop.example/app/..%252fadmin'],
    ['a path with ..;', 'https://shop.example/app/..;/admin'],
    ['the directory without its slash', 'https://shop.example:8443/a'],
    ['no text', ''],
    ['a scheme only', 'https://'],
    ['an impossible port', 'https://ok.example:99999/'],
    ['a loopback host without the allowed port', 'http://localhost/'],
    ['another name of this machine', 'http://127.0.0.1:8080/'],
    ['look-alike letters', 'https://оk.example/'],
  ])('allowedReturnUrl refuses a URL with %s', (_what, text) => {
    expect(allowedReturnUrl(text, PREFIXES)).toBeNull();
  });

  it('allowedReturnUrl refuses every URL when no prefix is permitted', () => {
    expect(allowedReturnUrl('https://ok.example/', [])).toBeNull();
  });

  it.each(['https://ok.example', 'https://ok.example:8443/a/b/', 'http://127.0.0.1:3000', 'http://[::1]/x'])(
    'isBaseUrl accepts the prefix %s',
    (text) => {
      expect(isBaseUrl(text)).toBe(true);
    },
  );

  it.each([
    '',
    'ok.example',
    'https://',
    'http://ok.example',
    'https://*.example',
    'https://ok.example/?x=1',
    'https://ok.example/?',
    'https://ok.example/#x',
    'https://user@ok.example',
    'https://ok.example/..%2f',
    'javascript:alert(1)',
    'https://ok.example/a b',
  ])('isBaseUrl refuses the prefix %j', (text) => {
    expect(isBaseUrl(text)).toBe(false);
  });
});
