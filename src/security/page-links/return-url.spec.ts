import { describe, expect, it } from '@jest/globals';
import { allowedReturnUrl, isBaseUrl } from './return-url.js';

const PREFIXES = [
  'https://ok.example',
  'https://shop.example/app',
  'https://shop.example:8443/a/',
  'http://localhost:8080',
];

describe('the address that a page leads to', () => {
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
  ])('may be %s', (text, understood) => {
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
    ['a path', '/done'],
    ['backslashes', 'https:\\\\ok.example\\'],
    ['a backslash before the user', 'https://evil.com\\@ok.example/'],
    ['a backslash in the path', 'https://shop.example/app\\..\\admin'],
    ['a script', 'javascript:alert(1)'],
    ['a script with a comment', 'javascript://ok.example/%0aalert(1)'],
    ['a script behind white space', '\u0001javascript:alert(1)'],
    ['data', 'data:text/html,https://ok.example/'],
    ['a blob', 'blob:https://ok.example/7'],
    ['a tab in the scheme', 'ht\ttps://ok.example/'],
    ['a line feed in the host', 'https://ok.exa\nmple/'],
    ['white space in front', ' https://ok.example/'],
    ['white space behind', 'https://ok.example/ '],
    ['a wide space', 'https://ok.example/\u3000'],
    ['NUL', 'https://ok.example/\u0000'],
    ['a path beside the allowed one', 'https://shop.example/apple'],
    ['the path in another case', 'https://shop.example/App/'],
    ['no path', 'https://shop.example/'],
    ['a path that leads out', 'https://shop.example/app/../admin'],
    ['a path that leads out in disguise', 'https://shop.example/app/%2e%2e/admin'],
    ['a path that leads out with half a disguise', 'https://shop.example/app/.%2E/admin'],
    ['a path that leads out behind a disguised slash', 'https://shop.example/app/..%2fadmin'],
    ['a path that leads out behind a disguised backslash', 'https://shop.example/app/..%5cadmin'],
    ['a path that leads out behind two disguises', 'https://shop.example/app/..%252fadmin'],
    ['a path that leads out with a parameter', 'https://shop.example/app/..;/admin'],
    ['the directory without its slash', 'https://shop.example:8443/a'],
    ['nothing', ''],
    ['nonsense', 'https://'],
    ['a host that cannot be', 'https://ok.example:99999/'],
    ['an address that was never allowed on loopback', 'http://localhost/'],
    ['another name of this machine', 'http://127.0.0.1:8080/'],
    ['look-alikes', 'https://оk.example/'],
  ])('is refused with %s', (_what, text) => {
    expect(allowedReturnUrl(text, PREFIXES)).toBeNull();
  });

  it('is refused where nothing is allowed', () => {
    expect(allowedReturnUrl('https://ok.example/', [])).toBeNull();
  });

  it.each(['https://ok.example', 'https://ok.example:8443/a/b/', 'http://127.0.0.1:3000', 'http://[::1]/x'])(
    'can be allowed by %s',
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
  ])('cannot be allowed by %j', (text) => {
    expect(isBaseUrl(text)).toBe(false);
  });
});
