import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { LONGEST_LIFETIME_MS } from './key-rules.js';
import { makeSecret } from '../access/secret.js';
import { type KeyRequest, keyOf, readKeyRequest } from './key-request.js';

const { hash, id } = makeSecret('wak');
const KEY = { name: 'crm', hash, scopes: ['read'], accounts: ['acme'], lifetimeMs: 60_000 } as const;

describe('readKeyRequest', () => {
  it.each<KeyRequest>([
    { do: 'list' },
    { do: 'revoke', key: 'crm' },
    { do: 'create', key: KEY },
    { do: 'create', key: { ...KEY, accounts: null, lifetimeMs: null } },
    { do: 'create', key: { ...KEY, lifetimeMs: LONGEST_LIFETIME_MS } },
  ])('a valid request is parsed without changes: %j', (request) => {
    expect(readKeyRequest(JSON.stringify(request))).toEqual(request);
  });

  it('unknown fields of a request are dropped', () => {
    const request = { do: 'create', key: { ...KEY, id: 'another', revokedAt: null }, as: 'admin' };
    expect(readKeyRequest(JSON.stringify(request))).toEqual({ do: 'create', key: KEY });
  });

  it.each<[string, unknown]>([
    ['the value null', null],
    ['a text instead of an object', 'list'],
    ['an unknown action', { do: 'delete', key: 'crm' }],
    ['a revocation without a key', { do: 'revoke' }],
    ['a revocation of two keys', { do: 'revoke', key: ['crm', 'web'] }],
    ['a creation without a key', { do: 'create' }],
    ...Object.entries<unknown[]>({
      name: [undefined, 7, '', 'a:b', 'a,b', 'a\nb', 'a'.repeat(65)],
      hash: [undefined, null, 'hash', `${hash}A`],
      scopes: [undefined, null, [], ['write'], 'read', [['read']]],
      accounts: [undefined, [], 'acme', ['a*b'], [null], Array(201).fill('a')],
      lifetimeMs: [undefined, 0, -1, 0.5, '60000', LONGEST_LIFETIME_MS + 1, Number.MAX_SAFE_INTEGER],
    }).flatMap(([field, values]) =>
      values.map((value): [string, unknown] => [
        `${field} ${inspect(value).slice(0, 20)}`,
        { do: 'create', key: { ...KEY, [field]: value } },
      ]),
    ),
  ])('a request with %s is refused', (_, request) => {
    expect(readKeyRequest(JSON.stringify(request))).toBeNull();
  });

  it('a text that is no JSON is refused', () => {
    expect(readKeyRequest('{"do":"list"')).toBeNull();
  });
});

describe('keyOf', () => {
  it('a new key has the id of its hash, and expires its lifetime after its creation', () => {
    const now = new Date('2026-01-02T12:00:00.000Z');
    expect(keyOf(KEY, now)).toEqual({
      id,
      name: 'crm',
      hash,
      scopes: ['read'],
      accounts: ['acme'],
      createdAt: now,
      expiresAt: new Date('2026-01-02T12:01:00.000Z'),
      lastUsedAt: null,
      revokedAt: null,
    });
    expect(keyOf({ ...KEY, lifetimeMs: null }, now).expiresAt).toBeNull();
  });
});
