import { describe, expect, it } from '@jest/globals';
import { keysTable } from './keys-table.js';

describe('keysTable', () => {
  it('the table shows the access, the state and the times of each key in UTC', () => {
    expect(
      keysTable([
        {
          id: 'k7Qm2xZ9',
          name: 'crm',
          state: 'revoked',
          scopes: ['read', 'pair'],
          accounts: ['acme', 'shop-*'],
          createdAt: '2026-01-02T03:04:59.999Z',
          expiresAt: '2027-01-02T03:04:59.999Z',
          lastUsedAt: '2026-02-03T23:59:00.000Z',
          revokedAt: '2026-03-01T00:00:00.000Z',
        },
        {
          id: 'Zp04TtWa',
          name: 'dashboard',
          state: 'live',
          scopes: ['read'],
          accounts: null,
          createdAt: null,
          expiresAt: null,
          lastUsedAt: null,
          revokedAt: null,
        },
      ]).split('\n'),
    ).toEqual([
      'ID        NAME       STATE    SCOPES     ACCOUNTS     CREATED (UTC)     EXPIRES           LAST USED',
      'k7Qm2xZ9  crm        revoked  read,pair  acme,shop-*  2026-01-02 03:04  2027-01-02 03:04  2026-02-03 23:59',
      'Zp04TtWa  dashboard  live     read       all          configured        never             never',
    ]);
  });

  it('an empty list explains that calls need no authentication', () => {
    expect(keysTable([])).toBe('There are no keys. Calls need no authentication.');
  });
});
