import { describe, expect, it } from '@jest/globals';
import { SCOPES } from '../../whatsapp/domain/scope.js';
import { configuredKeys, ConfiguredKeysInvalid, configuredText } from './configured-keys.js';
import { makeSecret } from '../access/secret.js';

const { id, hash } = makeSecret('wak');
const other = makeSecret('wak').hash;

describe('configuredKeys', () => {
  it('a configured key may do everything with every account unless its entry says otherwise', () => {
    expect(configuredKeys(`crm:${hash}`)).toEqual([
      { id, name: 'crm', hash, scopes: SCOPES, accounts: null },
    ]);
    expect(configuredKeys(`crm:${hash}:pair+read`)).toMatchObject([
      { scopes: ['read', 'pair'], accounts: null },
    ]);
    expect(configuredKeys(`crm:${hash}:read:acme|shop-*`)).toMatchObject([
      { scopes: ['read'], accounts: ['acme', 'shop-*'] },
    ]);
  });

  it('every entry of the list becomes a key, and an empty list has none', () => {
    expect(configuredKeys(`a:${hash} , b:${other},`).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(configuredKeys('')).toEqual([]);
  });

  it('a key written by configuredText is parsed as the same key', () => {
    for (const entry of [`crm:${hash}`, `crm:${hash}:read+admin`, `crm:${hash}:read:acme|*`]) {
      expect(configuredKeys(entry).map(configuredText)).toEqual([entry]);
    }
    const all = { name: 'crm', hash, scopes: SCOPES, accounts: ['acme'] };
    expect(configuredKeys(configuredText(all))).toEqual([{ ...all, id }]);
  });

  it.each([
    ['no hash', 'crm', 'entry 1 has another form'],
    ['a key instead of its hash', `crm:${makeSecret('wak').text}`, 'entry 1 has another form'],
    ['no name', `:${hash}`, 'entry 1 has another form'],
    ['a name with a space', `c m:${hash}`, 'entry 1 has another form'],
    ['an unknown scope', `ok:${hash},crm:${other}:write`, 'entry 2 has another form'],
    ['an empty list of scopes', `crm:${hash}:`, 'entry 1 has another form'],
    ['an empty list of accounts', `crm:${hash}:read:`, 'entry 1 has another form'],
    ['a star in the middle of an account', `crm:${hash}:read:a*b`, 'entry 1 has another form'],
    ['an additional field', `crm:${hash}:read:a:b`, 'entry 1 has another form'],
    ['a repeated name', `crm:${hash},crm:${other}`, 'entry 2 has the name of an earlier one'],
    ['a repeated hash', `a:${hash},b:${hash}`, 'entry 2 has the hash of an earlier one'],
  ])('a list with %s is refused, and the message does not quote it', (_, text, message) => {
    expect(() => configuredKeys(text)).toThrow(new ConfiguredKeysInvalid(message));
  });
});
