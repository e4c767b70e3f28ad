import { describe, expect, it } from '@jest/globals';
import { UsageError } from './command-line.js';
import { readArguments, USAGE } from './keys-arguments.js';
import { makeSecret } from '../security/access/secret.js';
import { SCOPES } from '../whatsapp/domain/scope.js';

const DAY_MS = 24 * 60 * 60 * 1_000;

describe('the arguments of the keys command', () => {
  it('a key has every scope and account and never expires, unless options limit it', () => {
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

  it('revoke accepts the id, the name or the key itself', () => {
    const { id, text } = makeSecret('wak');
    for (const key of [id, text]) expect(readArguments(['revoke', key])).toEqual({ do: 'revoke', key: id });
    expect(readArguments(['revoke', 'crm'])).toEqual({ do: 'revoke', key: 'crm' });
  });

  it('--help and -h ask for help at any place', () => {
    for (const args of [['--help'], ['-h'], ['create', '--help']])
      expect(readArguments(args)).toEqual({ do: 'help' });
  });

  it.each<[string, string[], RegExp]>([
    ['no command', [], /^A command is missing/],
    ['another command', ['delete', 'x'], /^There is no command "delete"/],
    ['no name', ['create'], /^The name of the key is missing/],
    ['a name with a comma', ['create', 'a,b'], /^This name is not allowed/],
    ['a name with a colon', ['hash', 'a:b'], /^This name is not allowed/],
    ['an unknown scope', ['create', 'x', '--scopes', 'write'], /^--scopes accepts read, pair/],
    ['no scope', ['create', 'x', '--scopes', ''], /^--scopes accepts/],
    ['a star in the middle', ['create', 'x', '--accounts', 'a*b'], /^--accounts accepts/],
    [
      'too many accounts',
      ['create', 'x', '--accounts', 'a,'.repeat(200) + 'a'],
      /^--accounts accepts up to 200/,
    ],
    ['no days', ['create', 'x', '--expires-in-days', '0'], /^--expires-in-days accepts/],
    ['half a day', ['create', 'x', '--expires-in-days', '0.5'], /^--expires-in-days accepts/],
    [
      'an expiry of a configured key',
      ['hash', 'x', '--expires-in-days', '1'],
      /^This command does not accept --expires-in-days/,
    ],
    ['scopes of a revocation', ['revoke', 'x', '--scopes', 'read'], /^This command does not accept --scopes/],
    ['no key to revoke', ['revoke'], /^The id or name of the key is missing/],
    ['an unknown option', ['list', '--all'], /^Unknown option '--all'/],
    [
      'an option without its value',
      ['create', 'x', '--scopes'],
      /^Option '--scopes <value>' argument missing/,
    ],
    ['an extra argument', ['list', 'x'], /^Unexpected argument "x"/],
    ['two extra arguments', ['create', 'x', 'y', 'z'], /^Unexpected argument "y z"/],
  ])('a usage error explains the problem: %s', (_, args, message) => {
    let refusal: unknown;
    try {
      readArguments(args);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(UsageError);
    expect((refusal as Error).message).toMatch(message);
    expect((refusal as Error).message).toContain(USAGE);
  });
});
