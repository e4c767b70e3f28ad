import { describe, expect, it } from '@jest/globals';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { accessPredicate, type Access } from './access.js';

const SHOP: Access = { scopes: ['read'], accounts: ['shop-*'] };

describe('accessPredicate', () => {
  it('accessPredicate permits the accounts of the access', () => {
    const predicate = accessPredicate(SHOP);
    expect(['shop-1', 'sales'].map((id) => predicate(id as AccountId))).toEqual([true, false]);
  });

  it('accessPredicate returns the same function for each call with one access', () => {
    expect(accessPredicate(SHOP)).toBe(accessPredicate(SHOP));
    expect(accessPredicate(SHOP)).not.toBe(accessPredicate({ ...SHOP }));
  });
});
