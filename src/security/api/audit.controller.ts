import { Get } from '@nestjs/common';
import { StrictQuery, type Valid } from '../../whatsapp/api/http/request-parameters.decorator.js';
import { ReadRoute } from '../../whatsapp/api/route.decorators.js';
import type { Authentication } from '../access/authentication.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { GuardedRoutes } from '../guard/guarded-routes.decorator.js';
import { ApiAudit, ApiAuditTrail } from './audit.openapi.js';
import { AuditRequest } from './dto/audit.request.dto.js';
import type { AuditResponse } from './dto/audit.responses.dto.js';
import { CurrentAuthentication } from './request-parameters.decorator.js';

/** Routes that read the audit trail. */
@ApiAudit()
@GuardedRoutes('api/whatsapp/audit')
export class AuditController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  @ReadRoute('admin')
  @ApiAuditTrail()
  read(
    @StrictQuery(AuditRequest) { accountId, before, limit }: Valid<AuditRequest>,
    @CurrentAuthentication() { access }: Valid<Authentication>,
  ): Promise<AuditResponse> {
    return this.trail.read(access, { accountId: accountId ?? null, before: before ?? null, limit });
  }
}
