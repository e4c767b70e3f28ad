import { Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answering, respond } from '../../whatsapp/api/http/answer.js';
import { RequireScope } from '../../whatsapp/api/guards/require-scope.decorator.js';
import { readQuery } from '../../whatsapp/api/http/read-request.js';
import { StrictValidationPipe } from '../../whatsapp/api/http/strict-validation.pipe.js';
import { authenticationOf } from '../guard/api.guard.js';
import { ApiAudit, ApiAuditTrail } from './audit.openapi.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { AuditRequest } from './dto/audit.request.dto.js';
import { GuardedRoutes } from '../guard/guarded-routes.decorator.js';

const AUDIT = new StrictValidationPipe(AuditRequest);

/** What was done through the API, and by whom. */
@ApiAudit()
@GuardedRoutes('api/whatsapp/audit')
export class AuditController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  @RequireScope('admin')
  @ApiAuditTrail()
  read(@Req() request: Request, @Res() response: Response): void {
    answering(response, async () => {
      const { accountId = null, before = null, limit } = await readQuery(request, AUDIT);
      respond(
        response,
        await this.trail.read({ accountId, before, limit }, authenticationOf(request).access),
      );
    });
  }
}
