import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { LIMIT } from '../../whatsapp/api/dto/page.request.dto.js';
import { ApiAnswer } from '../../whatsapp/api/openapi/api-answer.decorator.js';
import { ApiErrors } from '../../whatsapp/api/openapi/api-errors.decorator.js';
import { QUERY_ERRORS } from '../../whatsapp/api/openapi/whatsapp.openapi.js';
import { AUDIT_EXAMPLES } from './dto/audit.examples.js';
import { BEFORE, OF_ACCOUNT } from './dto/audit.request.dto.js';
import { AuditResponse } from './dto/audit.responses.dto.js';

export const ApiAudit = (): ClassDecorator => applyDecorators(ApiTags('Security'));

export const ApiAuditTrail = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'audit',
      summary: 'Read who did what',
      description:
        'Every call that was to change something, of everybody who was let in: who, what, to which account, from where, and how it went. Entries are written before anything happens, cannot be changed through the API, and are kept for 90 days (`WHATSAPP_AUDIT_DAYS`). Keys that are restricted to some accounts read what is about these. Neither secrets nor phone numbers stand in it.',
    }),
    ApiQuery({ name: 'accountId', required: false, ...OF_ACCOUNT, examples: { one: { value: 'sales' } } }),
    ApiQuery({ name: 'before', required: false, ...BEFORE, examples: { page: { value: 1039 } } }),
    ApiQuery({ name: 'limit', required: false, ...LIMIT, examples: { few: { value: 10 } } }),
    ApiAnswer(AuditResponse, 'A page of the audit trail.', AUDIT_EXAMPLES),
    ApiErrors(...QUERY_ERRORS, ['storage_failed', 'The store could not be read.']),
  );
