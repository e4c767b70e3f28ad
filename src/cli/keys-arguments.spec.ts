import { describe, expect, it } from '@jest/globals';
import { UsageError } from './command-line.js';
import { readArguments, USAGE } from './keys-arguments.js';
import { makeSecret } from '../security/access/secret.js';
import { SCOPES } from '../whatsapp/domain/scope.js';

const DAY_MS = 24 * 60 * 60 * 1_000;

describe('the arguments of the command for keys', () => {
  it('make a key that may do everything for ever, unless they say otherwise', () => {
    const all = { scopes: SCOPES, accounts: null };
    expect(readArguments(['create', 'crm'])).toEqual({ do: 'create', name: 'crm', ...all, lifetimeMs: null });
    expect(readArguments(['hash', 'crm'])).toEqual({ do: 'hash', name: 'crm', ...all });
    const less = ['--scopes', 'pair, read', '--accounts', 'acme,shop-*', '--expires-in-days=30'];
    expect(readArguments(['create', 'crm', ...less])).toEqual({
      do: 'create',
      name: 'crm',
      scopes: ['read', 'pair'],
      accounts: ['acme', 'shop-*'],
      lifetimeMs: 30 * DAY_MS,
    });
  });

  it('take a key by its id, its name, or itself', () => {
    const { id, text } = makeSecret('wak');
    for (const key of [id, text]) expect(readArguments(['revoke', key])).toEqual({ do: 'revoke', key: id });
    expect(readArguments(['revoke', 'crm'])).toEqual({ do: 'revoke', key: 'crm' });
  });

  it('ask for help anywhere', () => {
    for (const args of [['--help'], ['-h'], ['create', '--help']])
      expect(readArguments(args)).toEqual({ do: 'help' });
  });

  it.each<[string, string[], RegExp]>([
    ['no command', [], /^A command is missing/],
    ['another command', ['delete', 'x'], /^There is no command "delete"/],
    ['no name', ['create'], /^The name of the key is missing/],
    ['a name with a comma', ['create', 'a,b'], /^A key cannot be called that/],
    ['a name with a colon', ['hash', 'a:b'], /^A key cannot be called that/],
    ['a scope that there is not', ['create', 'x', '--scopes', 'write'], /^--scopes takes read, pair/],
    ['no scope', ['create', 'x', '--scopes', ''], /^--scopes takes/],
    ['a star in the middle', ['create', 'x', '--accounts', 'a*b'], /^--accounts takes/],
    [
      'too many accounts',
      ['create', 'x', '--accounts', 'a,'.repeat(200) + 'a'],
      /^--accounts takes up to 200/,
    ],
    ['no days', ['create', 'x', '--expires-in-days', '0'], /^--expires-in-days takes/],
    ['half a day', ['create', 'x', '--expires-in-days', '0.5'], /^--expires-in-days takes/],
    [
      'an expiry of a configured key',
      ['hash', 'x', '--expires-in-days', '1'],
      /^--expires-in-days means nothing/,
    ],
    ['scopes of a revocation', ['revoke', 'x', '--scopes', 'read'], /^--scopes means nothing here/],
    ['no key to revoke', ['revoke'], /^Which key/],
    ['an unknown option', ['list', '--all'], /^Unknown option '--all'/],
    [
      'an option without its value',
      ['create', 'x', '--scopes'],
      /^Option '--scopes <value>' argument missing/,
    ],
    ['too much', ['list', 'x'], /^"x" is too much/],
    ['far too much', ['create', 'x', 'y', 'z'], /^"y z" is too much/],
  ])('say how it is right with %s', (_, args, message) => {
    let said: unknown;
    try {
      readArguments(args);
    } catch (error) {
      said = error;
    }
    expect(said).toBeInstanceOf(UsageError);
    expect((said as Error).message).toMatch(message);
    expect((said as Error).message).toContain(USAGE);
  });
});
