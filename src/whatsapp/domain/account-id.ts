declare const brand: unique symbol;

/** The name of an account: case-sensitive, 1 to 64 of `A-Z a-z 0-9 _ -`. `__proto__` and `CON` are ordinary accounts. */
export type AccountId = string & { readonly [brand]: 'AccountId' };

export const ACCOUNT_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

export const DEFAULT_ACCOUNT_ID = 'default' as AccountId;

export function isAccountId(value: unknown): value is AccountId {
  return typeof value === 'string' && ACCOUNT_ID_PATTERN.test(value);
}

/** @throws TypeError for a text that is no account id: whoever calls it has already checked what came from outside. */
export function accountId(value: string): AccountId {
  if (!isAccountId(value)) throw new TypeError('not an account id');
  return value;
}
