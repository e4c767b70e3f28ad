import type { AccountId } from '../../domain/account-id.js';
import type { IncomingMessage } from 'node:http';
import { DomainError } from '../../domain/errors.js';
import type { PhoneNumber } from '../../domain/phone-number.js';
import { rawRequest, type HttpRequest } from './http-exchange.js';
import { RequestError } from './request.errors.js';

/** On whose behalf a request is made, as a guard has found out. What is left out is not restricted. */
export interface Caller {
  /**
   * Whether an account is theirs. It is asked of ids that nobody has, too, and cannot tell the difference; of every
   * account of a list; and, for as long as a stream of the events of all accounts lasts, of every event (of one account:
   * once, when it begins; `over` ends it). It must be quick and not throw.
   */
  readonly canAccess?: (accountId: AccountId) => boolean;
  /**
   * False: every code that links an account is left out of what they read. Of a step they are told that it is shown, not
   * its value; `pair/qr` is refused as `scope_missing`. A function is asked of every answer and, for as long as a stream of
   * events lasts, of every event; it must be quick and not throw.
   */
  readonly canSeeCodes?: boolean | (() => boolean);
  /** The only phone that they may link, given with the request or not; another one is refused as `number_forbidden`. */
  readonly onlyPhone?: PhoneNumber | null;
  /**
   * They have shown something that no browser adds by itself to a request of another site, so the name under which they
   * reached us (`Host`) does not matter.
   */
  readonly authenticated?: boolean;
  /**
   * Told what a request is about that changes something, once it is understood and theirs to make, before anything
   * has happened. A `DomainError` that it throws refuses the request with its code, anything else as `internal_error`.
   */
  readonly onMutation?: (accountId: AccountId) => void | Promise<void>;
  /**
   * Aborted when they may no longer do anything: events end; a wait for a code, and what has not begun, is refused with the
   * `DomainError` that is the reason, or else as `account_forbidden`. May live as long as the application.
   */
  readonly revoked?: AbortSignal;
}

const UNRESTRICTED: Caller = {};
/** Kept with Node's request: a WeakMap of all requests would give the garbage collector work with every request. */
const CALLER = Symbol('caller');
type WithCaller = IncomingMessage & { [CALLER]?: Caller };

/** All that waits for one signal, with one listener: Node warns of more than ten, and none stays when nobody waits. */
class RevocationListeners {
  private readonly acts = new Set<(reason: DomainError) => void>();

  constructor(private readonly over: AbortSignal) {}

  add(act: (reason: DomainError) => void): void {
    if (this.acts.size === 0) this.over.addEventListener('abort', this.end, { once: true });
    this.acts.add(act);
  }

  delete(act: (reason: DomainError) => void): void {
    this.acts.delete(act);
    if (this.acts.size === 0) this.over.removeEventListener('abort', this.end);
  }

  private readonly end = (): void => {
    for (const act of this.acts) act(refusalBy(this.over));
  };
}

const revocationListeners = new WeakMap<AbortSignal, RevocationListeners>();

/**
 * For guards: binds the request to a caller.
 * @param request the one that `ExecutionContext` has, of Express or Fastify, or Node's own
 */
export function setCaller(request: HttpRequest | IncomingMessage, caller: Caller): void {
  (rawRequest(request) as WithCaller)[CALLER] = caller;
}

/** The caller that a guard has bound the request to, or one without any restriction. */
export function callerOf(request: HttpRequest | IncomingMessage): Caller {
  return (rawRequest(request) as WithCaller)[CALLER] ?? UNRESTRICTED;
}

/**
 * Announces the change that a validated and permitted request is about to make, before any effect.
 * @throws DomainError that `onMutation` refuses with, or why the caller's permission was revoked meanwhile
 */
export async function beginMutation(request: HttpRequest, accountId: AccountId): Promise<void> {
  await callerOf(request).onMutation?.(accountId);
  assertNotRevoked(request);
}

/** @throws DomainError `account_forbidden`, for accounts that nobody has as for those of others */
export function assertCanAccess(request: HttpRequest, accountId: AccountId): void {
  const { canAccess } = callerOf(request);
  if (canAccess && !canAccess(accountId)) {
    throw new RequestError('account_forbidden', 'This account is not yours to use.');
  }
}

/** They may do nothing any more. */
export function isRevoked(request: HttpRequest): boolean {
  return callerOf(request).revoked?.aborted === true;
}

/**
 * Calls when the caller may do nothing any more, with the reason, unless it is let go of before. Never of a caller that is
 * over already.
 * @returns lets go of it
 */
export function onRevoked(request: HttpRequest, act: (reason: DomainError) => void): () => void {
  const { revoked } = callerOf(request);
  if (!revoked) return () => undefined;
  const waiting = revocationListeners.get(revoked) ?? new RevocationListeners(revoked);
  revocationListeners.set(revoked, waiting);
  waiting.add(act);
  return () => {
    waiting.delete(act);
  };
}

/** @throws DomainError why they may do nothing any more */
export function assertNotRevoked(request: HttpRequest): void {
  const { revoked } = callerOf(request);
  if (revoked?.aborted) throw refusalBy(revoked);
}

export function canSeeCodes(request: HttpRequest): boolean {
  const { canSeeCodes: sees = true } = callerOf(request);
  return (typeof sees === 'function' ? sees() : sees) && !isRevoked(request);
}

/** @throws DomainError `scope_missing`; or why they may do nothing any more */
export function assertCanSeeCodes(request: HttpRequest): void {
  assertNotRevoked(request);
  if (canSeeCodes(request)) return;
  throw new RequestError('scope_missing', 'The codes of a pairing are not yours to see.');
}

function refusalBy({ reason }: AbortSignal): DomainError {
  if (reason instanceof DomainError) return reason;
  return new RequestError('account_forbidden', 'This account is no longer yours to use.');
}
