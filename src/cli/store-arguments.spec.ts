import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { UsageError } from './command-line.js';
import { keysFor, readArguments, USAGE } from './store-arguments.js';

describe('the arguments of the command for the store', () => {
  it('name a file for a backup, and nothing for another key', () => {
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
  ])('that are wrong are told how they are right: %j', (args) => {
    expect(() => readArguments(args)).toThrow(UsageError);
    expect(() => readArguments(args)).toThrow(USAGE);
  });
});

describe('the keys that the store moves between', () => {
  const key = Buffer.alloc(32, 'k');
  const newKey = Buffer.alloc(32, 'n');

  it('are those of the environment, and none where it becomes readable or was', () => {
    expect(keysFor('encrypt', key, newKey)).toEqual({ from: null, to: key });
    expect(keysFor('rekey', key, newKey)).toEqual({ from: key, to: newKey });
    expect(keysFor('decrypt', key, newKey)).toEqual({ from: key, to: null });
  });

  it('have to be there', () => {
    for (const rewriting of ['encrypt', 'rekey', 'decrypt'] as const) {
      expect(() => keysFor(rewriting, undefined, newKey)).toThrow(/^WHATSAPP_ENCRYPTION_KEY is not set/);
    }
    expect(() => keysFor('rekey', key, undefined)).toThrow(/^WHATSAPP_NEW_ENCRYPTION_KEY is not set/);
  });
});
