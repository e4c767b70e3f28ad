import type { IncomingMessage } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { DEFAULT_ACCOUNT_ID, isAccountId } from '../../whatsapp/domain/account-id.js';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { DomainError } from '../../whatsapp/domain/errors.js';
import { onOutcome } from '../../whatsapp/api/http/call-outcome.js';
import { quote } from '../../whatsapp/api/http/quote.js';
import { Clock } from '../../whatsapp/ports/clock.js';
import { auditedAction } from './audited-action.js';
import type { SecurityErrorCode } from '../access/access.errors.js';
import { clientAddress } from '../access/client-address.js';
import type { Identity } from '../access/identity.js';
import { LogThrottle } from '../limits/log-throttle.js';
import { AuditTrailStore } from '../ports/audit-trail.store.js';
import type { AuditedCall, AuditResult } from '../ports/audit-trail.store.js';
import { causeMessage } from '../../whatsapp/domain/cause-of.js';

/** As `Caller.onMutation`. */
type Begins = (accountId: AccountId) => Promise<void>;

/** Of these is told although nothing was begun. */
const REFUSALS: readonly string[] = [
  'scope_missing',
  'account_forbidden',
  'number_forbidden',
  'rate_limited',
] satisfies SecurityErrorCode[];

/** Different ones, of one caller. */
const REFUSALS_A_MINUTE = 100;

/**
 * Puts into the audit trail what is done through the API. An entry is stored before anything happens, and completed as
 * soon as it is known how the call went. What cannot be stored is told to the log, and the call goes on.
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
   * For guards, as soon as it is known who calls, and before anything else may refuse the call.
   * @returns what belongs into `Caller.onMutation`
   */
  watch(request: Request, by: Identity): Begins {
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
        this.addOnce(callAbout(accountAskedFor(request)), outcome);
    });
    return async (accountId) => {
      begun = { call: callAbout(accountId), number: null };
      begun.number = await this.append(begun.call);
    };
  }

  /** What the call of this request is about beside the account: the id of a link. At any time before its outcome. */
  setSubject(request: IncomingMessage, subject: string): void {
    this.subjects.set(request, subject);
  }

  /** As of a call, of what is done otherwise than by a request. Resolves and rejects as the work does. */
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

  /** @returns the entry's number; null: it could not be stored */
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

  /** A trail that grew with every refused call would be a way to fill the disk, and to hide what others are refused. */
  private addOnce(call: AuditedCall, refusal: AuditResult): void {
    const { by, action, accountId } = call;
    const throttle = this.refusals.get(by) ?? new LogThrottle(this.clock, REFUSALS_A_MINUTE);
    this.refusals.set(by, throttle);
    // Over the limit somebody is with whatever they ask for.
    const what = refusal === 'rate_limited' ? [] : [action, accountId];
    if (throttle.shouldLog([refusal, ...what].join(' '))) void this.add(call, refusal);
  }

  /** @param error why it is not in the trail; absent: that has been told */
  private logFailure(call: AuditedCall, result: AuditResult | null, error?: unknown): void {
    const { by, action, accountId, subject, address } = call;
    const who = [by.kind, by.id, by.name === null ? null : quote(by.name)];
    const what = [action, accountId, subject, address === null ? null : `from ${address}`, result];
    const words = [...who, ...what].filter((word) => word !== null).join(' ');
    const reason = error === undefined ? '' : ` (${causeMessage(error)})`;
    this.logger.warn(`Not in the audit trail${reason}: ${words}. See to the disk and the store.`);
  }
}

/** Of a call that was refused before it was read to its end. */
function accountAskedFor({ method, body }: Request): AccountId | null {
  const asked = (body as { readonly accountId?: unknown } | null | undefined)?.accountId;
  if (asked === undefined) return method === 'POST' ? DEFAULT_ACCOUNT_ID : null;
  return isAccountId(asked) ? asked : null;
}
