import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { UsageError } from './command-line.js';
import { keysFor, readArguments, USAGE } from './store-arguments.js';

describe('the arguments of the store command', () => {
  it('backup has a file, and the commands that change the key have no arguments', () => {
    expect(readArguments(['backup', 'a'])).toEqual({ do: 'backup', file: resolve('a') });
    for (const name of ['encrypt', 'rekey', 'decrypt']) expect(readArguments([name])).toEqual({ do: name });
  });

  it.each([
    [[]],
    [['restore', 'a']],
    [['backup']],
    [['backup', '']],
    [['backup', 'a', 'b']],
    [['backup', '--to', 'a']],
    [['encrypt', 'a']],
    [['rekey', '--key', 'a']],
  ])('wrong arguments print the usage: %j', (args) => {
    expect(() => readArguments(args)).toThrow(UsageError);
    expect(() => readArguments(args)).toThrow(USAGE);
  });
});

describe('keysFor', () => {
  const key = Buffer.alloc(32, 'k');
  const newKey = Buffer.alloc(32, 'n');

  it('the keys come from the environment, and a store that is not encrypted has none', () => {
    expect(keysFor('encrypt', key, newKey)).toEqual({ from: null, to: key });
    expect(keysFor('rekey', key, newKey)).toEqual({ from: key, to: newKey });
    expect(keysFor('decrypt', key, newKey)).toEqual({ from: key, to: null });
  });

  it('a missing key is an error that names the variable', () => {
    for (const rewriting of ['encrypt', 'rekey', 'decrypt'] as const) {
      expect(() => keysFor(rewriting, undefined, newKey)).toThrow(/^WHATSAPP_ENCRYPTION_KEY is not set/);
    }
    expect(() => keysFor('rekey', key, undefined)).toThrow(/^WHATSAPP_NEW_ENCRYPTION_KEY is not set/);
  });
});
