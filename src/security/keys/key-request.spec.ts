import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { LONGEST_LIFETIME_MS } from './key-rules.js';
import { makeSecret } from '../access/secret.js';
import { type KeyRequest, keyOf, readKeyRequest } from './key-request.js';

const { hash, id } = makeSecret('wak');
const KEY = { name: 'crm', hash, scopes: ['read'], accounts: ['acme'], lifetimeMs: 60_000 } as const;

describe('a request about keys', () => {
  it.each<KeyRequest>([
    { do: 'list' },
    { do: 'revoke', key: 'crm' },
    { do: 'create', key: KEY },
    { do: 'create', key: { ...KEY, accounts: null, lifetimeMs: null } },
    { do: 'create', key: { ...KEY, lifetimeMs: LONGEST_LIFETIME_MS } },
  ])('is read as it was asked: %j', (request) => {
    expect(readKeyRequest(JSON.stringify(request))).toEqual(request);
  });

  it('brings nothing into the store that was not asked for', () => {
    const request = { do: 'create', key: { ...KEY, id: 'another', revokedAt: null }, as: 'admin' };
    expect(readKeyRequest(JSON.stringify(request))).toEqual({ do: 'create', key: KEY });
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'list'],
    ['another word', { do: 'delete', key: 'crm' }],
    ['a revocation of no key', { do: 'revoke' }],
    ['a revocation of two keys', { do: 'revoke', key: ['crm', 'web'] }],
    ['no key', { do: 'create' }],
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
  ])('is not %s', (_, request) => {
    expect(readKeyRequest(JSON.stringify(request))).toBeNull();
  });

  it('is not what is no JSON', () => {
    expect(readKeyRequest('{"do":"list"')).toBeNull();
  });
});

describe('a new key', () => {
  it('has the id of its hash, and expires its lifetime after its creation', () => {
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
