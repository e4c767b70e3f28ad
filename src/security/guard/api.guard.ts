import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { requiredScope } from '../../whatsapp/api/guards/require-scope.decorator.js';
import { assertNotRevoked, setCaller } from '../../whatsapp/api/http/caller.js';
import { accessPredicate } from '../access/access.js';
import type { Authentication } from '../access/authentication.js';
import { authenticationResultOf } from '../access/request-authentication.js';
import { CallAudit } from '../audit/call-audit.js';
import { ApiKeys } from '../keys/api-keys.js';
import { RateLimits } from '../limits/rate-limits.js';
import { assertForPageLinks, beginsPairing } from '../page-links/link-routes.js';
import { PageLinkPairings } from '../page-links/page-link-pairings.js';
import { AuthFailureLog } from './auth-failure-log.js';
import { SecurityError } from '../access/access.errors.js';

/** Accepts authenticated requests to the standalone service, and limits them to the permissions of the caller. */
@Injectable()
export class ApiGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly pairings: PageLinkPairings,
    private readonly audit: CallAudit,
    private readonly authFailures: AuthFailureLog,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Answers at once unless the call starts a pairing: each promise takes time in every request.
   * @throws DomainError `key_…`, `link_…`, `rate_limited`, `scope_missing`
   */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const { access, by, onlyPhone, revoked } = this.authenticated(request);
    const { pairings } = this;
    const linkId = by.kind === 'link' ? by.id : null;
    const audited = this.audit.watch(request, by);
    if (by.kind === 'link') assertForPageLinks(context);
    const needed = requiredScope(context);
    if (needed === undefined || !access.scopes.includes(needed)) {
      throw new SecurityError(
        'scope_missing',
        `This request needs a key with the scope "${String(needed)}".`,
      );
    }
    const permit = (): boolean => {
      setCaller(request, {
        // Without `canAccess`, event streams of all accounts share one serialization.
        ...(access.accounts === null ? {} : { canAccess: accessPredicate(access) }),
        canSeeCodes: linkId === null ? access.scopes.includes('pair') : () => pairings.canSeeCodes(linkId),
        onlyPhone,
        id: linkId,
        authenticated: by.kind !== 'anonymous',
        onMutation: async (accountId) => {
          await audited(accountId);
          if (linkId !== null && beginsPairing(context)) pairings.assertCanPair(linkId);
        },
        revoked,
      });
      assertNotRevoked(request);
      return true;
    };
    return beginsPairing(context) ? this.limits.countPairing(by, request).then(permit) : permit();
  }

  private authenticated(request: Request): Authentication {
    const result = authenticationResultOf(request);
    if (!result) throw new Error('AuthenticationMiddleware has not run for this request');
    if (result.failure) {
      this.authFailures.record(request, result.failure);
      throw result.failure;
    }
    const { authentication } = result;
    this.keys.recordUse(authentication.by);
    return authentication;
  }
}
