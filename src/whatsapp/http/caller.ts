import type { Request } from 'express';
import type { AccountId } from '../domain/account-id.js';
import { DomainError } from '../domain/errors.js';
import type { PhoneNumber } from '../domain/phone-number.js';

/** On whose behalf a request is made, as a guard has found out. What is left out is not restricted. */
export interface Caller {
  /** Whether an account is theirs. It is asked of ids that nobody has, too, and cannot tell the difference. */
  readonly mayUse?: (accountId: AccountId) => boolean;
  /** False: every code that links an account is left out of what they read. */
  readonly seesCodes?: boolean;
  /** The only phone that they may link. */
  readonly onlyPhone?: PhoneNumber | null;
  /**
   * They have shown something that no browser adds by itself to a request of another site, so the name under which they
   * reached us (`Host`) does not matter.
   */
  readonly isProven?: boolean;
  /**
   * Told what a request is about that changes something, once it is understood and theirs to make, before anything has
   * happened. What it throws refuses the request.
   */
  readonly begins?: (accountId: AccountId) => void | Promise<void>;
  /** Aborted when they may no longer do anything: what is still being told to them ends. */
  readonly over?: AbortSignal;
}

const ANYBODY: Caller = {};
const callers = new WeakMap<Request, Caller>();

/** For guards: from now on the request is this caller's. */
export function setCaller(request: Request, caller: Caller): void {
  callers.set(request, caller);
}

export function callerOf(request: Request): Caller {
  return callers.get(request) ?? ANYBODY;
}

/** @throws DomainError `account_forbidden`, for accounts that nobody has as for those of others */
export function assertMayUse(request: Request, accountId: AccountId): void {
  const { mayUse } = callerOf(request);
  if (mayUse && !mayUse(accountId)) {
    throw new DomainError('account_forbidden', 'This account is not yours to use.');
  }
}
