import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { LIMIT } from '../../whatsapp/api/dto/page.request.dto.js';
import { ApiAnswer } from '../../whatsapp/api/openapi/api-answer.decorator.js';
import { ApiErrors } from '../../whatsapp/api/openapi/api-errors.decorator.js';
import { QUERY_ERRORS } from '../../whatsapp/api/openapi/whatsapp.openapi.js';
import { BEFORE, OF_ACCOUNT } from './dto/audit.request.dto.js';
import { AuditResponse } from './dto/audit.responses.dto.js';

/** Description of the audit routes in the OpenAPI document. */
export const ApiAudit = (): ClassDecorator => applyDecorators(ApiTags('Security'));

export const ApiAuditTrail = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'audit',
      summary: 'Read the audit trail',
      description:
        'Calls of authenticated clients and commands that change something: caller, action, account, address and result. An entry is stored before the call has any effect. The API cannot change entries; they are kept for 90 days (`WHATSAPP_AUDIT_DAYS`). A key that is restricted to some accounts reads only entries about these. Entries contain no secrets and no phone numbers.',
    }),
    ApiQuery({ name: 'accountId', required: false, ...OF_ACCOUNT, examples: { one: { value: 'sales' } } }),
    ApiQuery({ name: 'before', required: false, ...BEFORE, examples: { page: { value: 1039 } } }),
    ApiQuery({ name: 'limit', required: false, ...LIMIT, examples: { few: { value: 10 } } }),
    ApiAnswer(AuditResponse, 'A page of the audit trail.'),
    ApiErrors(...QUERY_ERRORS, ['storage_failed', 'The store could not be read. Try again later.']),
  );
