import { describe, expect, it } from '@jest/globals';
import { SCOPES } from '../../whatsapp/domain/scope.js';
import { configuredKeys, ConfiguredKeysInvalid, configuredText } from './configured-keys.js';
import { makeSecret } from '../access/secret.js';

const { id, hash } = makeSecret('wak');
const other = makeSecret('wak').hash;

describe('the keys of the configuration', () => {
  it('may do everything with every account unless the entry says otherwise', () => {
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

  it('are as many as stand there, and none where nothing does', () => {
    expect(configuredKeys(`a:${hash} , b:${other},`).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(configuredKeys('')).toEqual([]);
  });

  it('are read as they were written', () => {
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
    ['a scope that there is not', `ok:${hash},crm:${other}:write`, 'entry 2 has another form'],
    ['no scope', `crm:${hash}:`, 'entry 1 has another form'],
    ['no account', `crm:${hash}:read:`, 'entry 1 has another form'],
    ['an account with a star in it', `crm:${hash}:read:a*b`, 'entry 1 has another form'],
    ['too much', `crm:${hash}:read:a:b`, 'entry 1 has another form'],
    ['a name twice', `crm:${hash},crm:${other}`, 'entry 2 has the name of an earlier one'],
    ['a hash twice', `a:${hash},b:${hash}`, 'entry 2 has the hash of an earlier one'],
  ])('are refused with %s, and nothing of it is shown', (_, text, message) => {
    expect(() => configuredKeys(text)).toThrow(new ConfiguredKeysInvalid(message));
  });
});
