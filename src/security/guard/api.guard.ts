import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DomainError } from '../../whatsapp/domain/errors.js';
import { callerOf, setCaller } from '../../whatsapp/api/http/caller.js';
import type { Caller } from '../../whatsapp/api/http/caller.js';
import { neededScope } from '../../whatsapp/api/guards/needs.decorator.js';
import type { Admission } from '../access/admission.js';
import { ApiKeys } from '../keys/api-keys.js';
import { CallAudit } from '../audit/call-audit.js';
import { mayUse } from '../access/access.js';
import { keyMissing } from '../keys/key-refusals.js';
import { assertForPageLinks, beginsPairing } from '../page-links/link-routes.js';
import { PageLinks } from '../page-links/page-links.js';
import { PairingsByLink } from '../page-links/pairings-by-link.js';
import { RateLimits } from '../limits/rate-limits.js';
import { RefusedCallers } from './refused-callers.js';
import { isSecretOf } from '../access/secret.js';
import { shownSecret } from '../keys/shown-secret.js';

const READING = ['GET', 'HEAD'];

interface AdmittedCaller extends Caller {
  readonly admission: Admission;
}

/** Who was let in with this request. Only behind ApiGuard. */
export function admissionOf(request: Request): Admission {
  const { admission } = callerOf(request) as Partial<AdmittedCaller>;
  if (!admission) throw new Error('nobody was let in with this request');
  return admission;
}

/** The door of the standalone service: finds out who calls, and what they may do. */
@Injectable()
export class ApiGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly links: PageLinks,
    private readonly pairings: PairingsByLink,
    private readonly audit: CallAudit,
    private readonly refused: RefusedCallers,
    private readonly limits: RateLimits,
  ) {}

  /** @throws DomainError `key_…`, `link_…`, `rate_limited`, `scope_missing` */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const admission = this.admitted(request);
    const { access, by, onlyPhone, over } = admission;
    const { pairings } = this;
    const linkId = by.kind === 'link' ? by.id : null;
    const audited = this.audit.watch(request, http.getResponse<Response>(), by);
    if (by.kind === 'link') assertForPageLinks(context);
    const needed = neededScope(context);
    if (needed === undefined || !access.scopes.includes(needed)) {
      throw new DomainError('scope_missing', `This needs the scope "${String(needed)}".`);
    }
    if (beginsPairing(context)) await this.limits.countPairing(by, request);
    const caller: AdmittedCaller = {
      admission,
      // Readers of events who may use all accounts share what they are sent.
      ...(access.accounts === null ? {} : { mayUse: (accountId) => mayUse(access, accountId) }),
      seesCodes: linkId === null ? access.scopes.includes('pair') : () => pairings.showsCodes(linkId),
      onlyPhone,
      isProven: by.kind !== 'anonymous',
      begins: async (accountId) => {
        await audited(accountId);
        if (beginsPairing(context)) pairings.isAskedFor(accountId, linkId);
      },
      over,
    };
    setCaller(request, caller);
    return true;
  }

  private admitted(request: Request): Admission {
    try {
      return this.admit(request);
    } catch (error) {
      this.refused.tell(request, error);
      throw error;
    }
  }

  private admit({ headers, method }: Request): Admission {
    const shown = shownSecret(headers);
    if (shown !== null && isSecretOf('wpl', shown)) {
      return this.links.admit(shown, READING.includes(method) ? 'read' : 'act');
    }
    if (!this.keys.areRequired) return this.keys.anonymous;
    if (shown === null) throw keyMissing();
    return this.keys.admit(shown);
  }
}
