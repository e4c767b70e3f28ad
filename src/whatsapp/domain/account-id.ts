declare const brand: unique symbol;

/**
 * The id of an account: case-sensitive, 1 to 64 characters of `A-Z a-z 0-9 _ -`. `__proto__` and `CON` are valid ids.
 */
export type AccountId = string & { readonly [brand]: 'AccountId' };

export const ACCOUNT_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

export const DEFAULT_ACCOUNT_ID = 'default' as AccountId;

export function isAccountId(value: unknown): value is AccountId {
  return typeof value === 'string' && ACCOUNT_ID_PATTERN.test(value);
}

/**
 * Returns the text as an id. Callers validate untrusted input first.
 * @throws TypeError when the text is not an account id
 */
export function accountId(value: string): AccountId {
  if (!isAccountId(value)) throw new TypeError('not an account id');
  return value;
}
