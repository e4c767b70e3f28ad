import type { IncomingMessage } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { type AccountId, DEFAULT_ACCOUNT_ID, isAccountId } from '../../whatsapp/domain/account-id.js';
import { DomainError } from '../../whatsapp/domain/errors.js';
import { onOutcome } from '../../whatsapp/api/http/call-outcome.js';
import { quote } from '../../whatsapp/api/http/quote.js';
import { Clock } from '../../whatsapp/ports/clock.js';
import type { SecurityErrorCode } from '../access/access.errors.js';
import { clientAddress } from '../access/client-request.js';
import type { Identity } from '../access/identity.js';
import { LogThrottle } from '../limits/log-throttle.js';
import {
  type AuditedAction,
  type AuditedCall,
  type AuditResult,
  AuditTrailStore,
} from '../ports/audit-trail.store.js';
import { causeMessage } from '../../whatsapp/domain/cause-of.js';

/** The action of each route that changes something. A test compares the table with the OpenAPI document. */
const ACTIONS: ReadonlyMap<string, AuditedAction> = new Map([
  ['POST /api/whatsapp/pair', 'pair'],
  ['POST /api/whatsapp/pair/stop', 'stop'],
  ['POST /api/whatsapp/disconnect', 'disconnect'],
  ['POST /api/whatsapp/links', 'create_link'],
  ['DELETE /api/whatsapp/links/:linkId', 'revoke_link'],
]);

const READING = ['GET', 'HEAD', 'OPTIONS'];

/** Handler for `Caller.onMutation`: appends the entry. */
type AppendEntry = (accountId: AccountId) => Promise<void>;

/** Refusals that are entered although the call never started. */
const REFUSALS: readonly string[] = [
  'scope_missing',
  'account_forbidden',
  'number_forbidden',
  'rate_limited',
] satisfies SecurityErrorCode[];

/** Maximum number of different refusals that are entered per caller and minute. */
const REFUSALS_PER_MINUTE = 100;

/**
 * Enters calls that change something into the audit trail. An entry is stored before the call has any effect, and receives
 * its result as soon as the result is known. An entry that cannot be stored is logged, and the call continues.
 */
@Injectable()
export class CallAudit {
  private readonly logger = new Logger('Audit');
  private readonly subjects = new WeakMap<IncomingMessage, string>();
  private readonly refusals = new WeakMap<Identity, LogThrottle>();

  constructor(
    private readonly trail: AuditTrailStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Watches a call until its outcome is known. Guards call this method as soon as the caller is known, and before any
   * other check can refuse the call.
   * @returns the handler for `Caller.onMutation`
   */
  watch(request: Request, by: Identity): AppendEntry {
    const action = auditedAction(request);
    if (action === null) return () => Promise.resolve();
    const callAbout = (accountId: AccountId | null): AuditedCall => {
      const subject = this.subjects.get(request) ?? null;
      return { at: this.clock.now(), by, action, accountId, subject, address: clientAddress(request) };
    };
    let begun: { readonly call: AuditedCall; number: number | null } | null = null;
    onOutcome(request, (outcome) => {
      const subject = this.subjects.get(request) ?? null;
      if (begun) void this.complete({ ...begun.call, subject }, begun.number, outcome);
      else if (by.kind !== 'anonymous' && REFUSALS.includes(outcome))
        this.addOnce(callAbout(requestedAccount(request)), outcome);
    });
    return async (accountId) => {
      begun = { call: callAbout(accountId), number: null };
      begun.number = await this.append(begun.call);
    };
  }

  /** Sets the subject of the call, the id of a link. Possible until the outcome is reported. */
  setSubject(request: IncomingMessage, subject: string): void {
    this.subjects.set(request, subject);
  }

  /** Enters work that no HTTP request started. Resolves and rejects as the work does. */
  async during<T>(call: Omit<AuditedCall, 'at'>, work: () => Promise<T>): Promise<T> {
    const begun = { ...call, at: this.clock.now() };
    const number = await this.append(begun);
    try {
      const done = await work();
      await this.complete(begun, number, 'ok');
      return done;
    } catch (error) {
      await this.complete(begun, number, error instanceof DomainError ? error.code : 'internal_error');
      throw error;
    }
  }

  private async add(call: AuditedCall, result: AuditResult): Promise<void> {
    await this.complete(call, await this.append(call), result);
  }

  /** @returns the entry's number; null: the entry could not be stored */
  private async append(call: AuditedCall): Promise<number | null> {
    try {
      return await this.trail.append(call);
    } catch (error) {
      this.logFailure(call, null, error);
      return null;
    }
  }

  private async complete(call: AuditedCall, number: number | null, result: AuditResult): Promise<void> {
    try {
      if (number === null) this.logFailure(call, result);
      else await this.trail.complete(number, result, call.subject);
    } catch (error) {
      this.logFailure(call, result, error);
    }
  }

  /** Enters each refusal once a minute. Otherwise a caller could fill the disk, and hide the refusals of other callers. */
  private addOnce(call: AuditedCall, refusal: AuditResult): void {
    const { by, action, accountId } = call;
    const throttle = this.refusals.get(by) ?? new LogThrottle(this.clock, REFUSALS_PER_MINUTE);
    this.refusals.set(by, throttle);
    // The rate limit applies to the caller, not to one action or account.
    const target = refusal === 'rate_limited' ? [] : [action, accountId];
    if (throttle.shouldLog([refusal, ...target].join(' '))) void this.add(call, refusal);
  }

  /** @param error the reason; absent: it was logged with the entry before */
  private logFailure(call: AuditedCall, result: AuditResult | null, error?: unknown): void {
    const { by, action, accountId, subject, address } = call;
    const caller = [by.kind, by.id, by.name === null ? null : quote(by.name)];
    const target = [action, accountId, subject, address === null ? null : `from ${address}`, result];
    const words = [...caller, ...target].filter((word) => word !== null).join(' ');
    const reason = error === undefined ? '' : ` (${causeMessage(error)})`;
    this.logger.warn(`Not in the audit trail${reason}: ${words}. Check the disk and the store.`);
  }
}

/** Returns the account of a call that was refused before its body was validated. */
function requestedAccount({ method, body }: Request): AccountId | null {
  const asked = (body as { readonly accountId?: unknown } | null | undefined)?.accountId;
  if (asked === undefined) return method === 'POST' ? DEFAULT_ACCOUNT_ID : null;
  return isAccountId(asked) ? asked : null;
}

/**
 * Returns the action of a request; null: it changes nothing.
 * @throws Error for a route that changes something and is missing in the table, so that no change escapes the audit
 */
export function auditedAction({ method, route }: Pick<Request, 'method' | 'route'>): AuditedAction | null {
  if (READING.includes(method)) return null;
  const { path } = route as { readonly path: string };
  const action = ACTIONS.get(`${method} ${path}`);
  if (!action) throw new Error(`no audited action for ${method} ${path}; add the route to ACTIONS`);
  return action;
}
