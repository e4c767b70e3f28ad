import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DomainError } from '../../whatsapp/domain/errors.js';
import { callerOf, setCaller } from '../../whatsapp/api/http/caller.js';
import type { Caller } from '../../whatsapp/api/http/caller.js';
import { requiredScope } from '../../whatsapp/api/guards/require-scope.decorator.js';
import type { Authentication } from '../access/authentication.js';
import { ApiKeys } from '../keys/api-keys.js';
import { CallAudit } from '../audit/call-audit.js';
import { canAccess } from '../access/access.js';
import { keyMissing } from '../access/access.errors.js';
import { assertForPageLinks, beginsPairing } from '../page-links/link-routes.js';
import { PageLinks } from '../page-links/page-links.js';
import { PageLinkPairings } from '../page-links/page-link-pairings.js';
import { RateLimits } from '../limits/rate-limits.js';
import { AuthFailureLog } from './auth-failure-log.js';
import { isSecretOf } from '../access/secret.js';
import { readCredential } from '../keys/read-credential.js';

const READING = ['GET', 'HEAD'];

interface AuthenticatedCaller extends Caller {
  readonly authentication: Authentication;
}

/** Who was let in with this request. Only behind ApiGuard. */
export function authenticationOf(request: Request): Authentication {
  const { authentication } = callerOf(request) as Partial<AuthenticatedCaller>;
  if (!authentication) throw new Error('nobody was let in with this request');
  return authentication;
}

/** The door of the standalone service: finds out who calls, and what they may do. */
@Injectable()
export class ApiGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly links: PageLinks,
    private readonly pairings: PageLinkPairings,
    private readonly audit: CallAudit,
    private readonly authFailures: AuthFailureLog,
    private readonly limits: RateLimits,
  ) {}

  /** @throws DomainError `key_…`, `link_…`, `rate_limited`, `scope_missing` */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const authentication = this.authenticated(request);
    const { access, by, onlyPhone, revoked } = authentication;
    const { pairings } = this;
    const linkId = by.kind === 'link' ? by.id : null;
    const audited = this.audit.watch(request, http.getResponse<Response>(), by);
    if (by.kind === 'link') assertForPageLinks(context);
    const needed = requiredScope(context);
    if (needed === undefined || !access.scopes.includes(needed)) {
      throw new DomainError('scope_missing', `This needs the scope "${String(needed)}".`);
    }
    if (beginsPairing(context)) await this.limits.countPairing(by, request);
    const caller: AuthenticatedCaller = {
      authentication,
      // Readers of events who may use all accounts share what they are sent.
      ...(access.accounts === null ? {} : { canAccess: (accountId) => canAccess(access, accountId) }),
      canSeeCodes: linkId === null ? access.scopes.includes('pair') : () => pairings.canSeeCodes(linkId),
      onlyPhone,
      authenticated: by.kind !== 'anonymous',
      onMutation: async (accountId) => {
        await audited(accountId);
        if (beginsPairing(context)) pairings.recordRequest(accountId, linkId);
      },
      revoked,
    };
    setCaller(request, caller);
    return true;
  }

  private authenticated(request: Request): Authentication {
    try {
      return this.authenticate(request);
    } catch (error) {
      this.authFailures.record(request, error);
      throw error;
    }
  }

  private authenticate({ headers, method }: Request): Authentication {
    const shown = readCredential(headers);
    if (shown !== null && isSecretOf('wpl', shown)) {
      return this.links.authenticate(shown, READING.includes(method) ? 'read' : 'act');
    }
    if (!this.keys.areRequired) return this.keys.anonymous;
    if (shown === null) throw keyMissing();
    return this.keys.authenticate(shown);
  }
}
