import type { AccountId } from '../../domain/account-id.js';
import type { IncomingMessage } from 'node:http';
import { DomainError } from '../../domain/errors.js';
import type { PhoneNumber } from '../../domain/phone-number.js';
import { rawRequest, type HttpRequest } from './http-exchange.js';
import { RequestError } from './request.errors.js';

/** The caller of a request and its permissions, set by a guard. Absent fields mean: no restriction. */
export interface Caller {
  /**
   * Whether the caller may access this account. Also called for unknown ids; must be fast and must not throw. It is
   * called for the account of a request, for every account of a list, and for every event of a stream of all accounts.
   * For a stream of one account it is called once, at the start; `revoked` ends that stream.
   */
  readonly canAccess?: (accountId: AccountId) => boolean;
  /**
   * Whether the caller may read the codes that link an account. False: a step has its type and expiry without its
   * value, and `GET pair/qr` is refused as `scope_missing`. A function is called for every answer and for every event
   * of a stream; it must be fast and must not throw.
   */
  readonly canSeeCodes?: boolean | (() => boolean);
  /**
   * The only number that the caller may link. It applies also when the request names no number; a request that names
   * another number is refused as `number_forbidden`.
   */
  readonly onlyPhone?: PhoneNumber | null;
  /** Opaque id of the caller. `PairingService.startedBy` returns it for a pairing that the caller started. */
  readonly id?: string | null;
  /**
   * Whether the request carries a credential that a browser never adds automatically to a request of another site. The
   * host name of the request (`Host`) is then not checked.
   */
  readonly authenticated?: boolean;
  /**
   * Called for a request that changes an account, after it is validated and permitted, and before any effect. A
   * `DomainError` that it throws refuses the request with its code; any other error refuses it as `internal_error`.
   */
  readonly onMutation?: (accountId: AccountId) => void | Promise<void>;
  /**
   * Aborts when the caller's permission is revoked. Event streams then end. Waits for codes, and calls that have not
   * begun, are refused with the reason of the signal when it is a `DomainError`, otherwise as `account_forbidden`. The
   * signal may live as long as the application.
   */
  readonly revoked?: AbortSignal;
}

const UNRESTRICTED: Caller = {};
/**
 * The property of Node's request that holds its caller. A WeakMap of all requests would cost garbage collection time.
 */
const CALLER = Symbol('caller');
type WithCaller = IncomingMessage & { [CALLER]?: Caller };

/**
 * The listeners of one revocation signal, behind a single listener of the signal: Node warns of more than ten. The
 * single listener is removed with the last one, because the signal may outlive all requests.
 */
class RevocationListeners {
  private readonly listeners = new Set<(reason: DomainError) => void>();

  constructor(private readonly revoked: AbortSignal) {}

  add(listener: (reason: DomainError) => void): void {
    if (this.listeners.size === 0) this.revoked.addEventListener('abort', this.notify, { once: true });
    this.listeners.add(listener);
  }

  delete(listener: (reason: DomainError) => void): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.revoked.removeEventListener('abort', this.notify);
  }

  private readonly notify = (): void => {
    for (const listener of this.listeners) listener(refusalBy(this.revoked));
  };
}

const revocationListeners = new WeakMap<AbortSignal, RevocationListeners>();

/**
 * Binds the request to a caller; guards call it.
 * @param request the request of `ExecutionContext` (Express or Fastify), or Node's own request
 */
export function setCaller(request: HttpRequest | IncomingMessage, caller: Caller): void {
  (rawRequest(request) as WithCaller)[CALLER] = caller;
}

/** Returns the caller that a guard bound to the request, or a caller without restrictions. */
export function callerOf(request: HttpRequest | IncomingMessage): Caller {
  return (rawRequest(request) as WithCaller)[CALLER] ?? UNRESTRICTED;
}

/**
 * Calls `onMutation` for a validated and permitted request, before any effect. The permission is checked again after
 * it, because it may be revoked while `onMutation` runs.
 * @throws DomainError of `onMutation`, or the reason of the revocation
 */
export async function beginMutation(request: HttpRequest, accountId: AccountId): Promise<void> {
  await callerOf(request).onMutation?.(accountId);
  assertNotRevoked(request);
}

/**
 * @throws DomainError `account_forbidden`, also for unknown accounts, so that the answer does not reveal which ids
 * exist
 */
export function assertCanAccess(request: HttpRequest, accountId: AccountId): void {
  const { canAccess } = callerOf(request);
  if (canAccess && !canAccess(accountId)) {
    throw new RequestError('account_forbidden', 'You have no access to this account.');
  }
}

/** Whether the caller's permission is revoked. */
export function isRevoked(request: HttpRequest): boolean {
  return callerOf(request).revoked?.aborted === true;
}

/**
 * Calls the listener with the reason when the caller's permission is revoked. Does not call it when the permission was
 * revoked before.
 * @returns a function that removes the listener
 */
export function onRevoked(request: HttpRequest, listener: (reason: DomainError) => void): () => void {
  const { revoked } = callerOf(request);
  if (!revoked) return () => undefined;
  const listeners = revocationListeners.get(revoked) ?? new RevocationListeners(revoked);
  revocationListeners.set(revoked, listeners);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** @throws DomainError the reason of the revocation */
export function assertNotRevoked(request: HttpRequest): void {
  const { revoked } = callerOf(request);
  if (revoked?.aborted) throw refusalBy(revoked);
}

/** Whether the caller may read codes at this moment. */
export function canSeeCodes(request: HttpRequest): boolean {
  const { canSeeCodes: sees = true } = callerOf(request);
  return (typeof sees === 'function' ? sees() : sees) && !isRevoked(request);
}

/** @throws DomainError `scope_missing`, or the reason of the revocation */
export function assertCanSeeCodes(request: HttpRequest): void {
  assertNotRevoked(request);
  if (canSeeCodes(request)) return;
  throw new RequestError('scope_missing', 'You may not read the codes of this pairing.');
}

function refusalBy({ reason }: AbortSignal): DomainError {
  if (reason instanceof DomainError) return reason;
  return new RequestError('account_forbidden', 'You no longer have access to this account.');
}
