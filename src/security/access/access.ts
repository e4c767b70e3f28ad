import type { AccountId } from '../../whatsapp/domain/account-id.js';
import type { Scope } from '../../whatsapp/domain/scope.js';

/** Permissions: the scopes, and the accounts that they apply to. */
export interface Access {
  readonly scopes: readonly Scope[];
  /** Account ids, and prefixes that end in `*`; null: every account. */
  readonly accounts: readonly string[] | null;
}

/** Form of an entry in `Access.accounts`. */
export const ACCOUNTS_PATTERN = /^(?:[A-Za-z0-9_-]{1,64}|[A-Za-z0-9_-]{0,63}\*)$/;

const predicates = new WeakMap<Access, (accountId: AccountId) => boolean>();

/**
 * Returns `canAccess` as a function of the account: the same function for the same access. Event streams with the same
 * function share one serialization of their messages.
 */
export function accessPredicate(access: Access): (accountId: AccountId) => boolean {
  const predicate = predicates.get(access) ?? ((accountId: AccountId) => canAccess(access, accountId));
  predicates.set(access, predicate);
  return predicate;
}

export function canAccess({ accounts }: Access, accountId: AccountId): boolean {
  if (accounts === null) return true;
  return accounts.some((pattern) =>
    pattern.endsWith('*') ? accountId.startsWith(pattern.slice(0, -1)) : accountId === pattern,
  );
}
