import { ApiPropertyOptional } from '@nestjs/swagger';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import { ACCOUNT_ID_SCHEMA, IsAccountId, IsWholeNumber } from '../../../whatsapp/api/dto/validators.js';
import { PageRequest } from '../../../whatsapp/api/dto/page.request.dto.js';

export const OF_ACCOUNT = {
  description: 'Only entries about this account. Case-sensitive. Default: all accounts (not `default`).',
  schema: ACCOUNT_ID_SCHEMA,
} as const;

export const BEFORE = {
  description:
    'Only entries older than this one: `next` of the previous page. Default: starts with the latest entry.',
  schema: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
} as const;

/** Query of a page of the audit trail. */
export class AuditRequest extends PageRequest {
  @ApiPropertyOptional({ ...OF_ACCOUNT.schema, description: OF_ACCOUNT.description, example: 'sales' })
  @IsAccountId()
  readonly accountId?: AccountId;

  @ApiPropertyOptional({ ...BEFORE.schema, description: BEFORE.description, example: 1042 })
  @IsWholeNumber(1, Number.MAX_SAFE_INTEGER, 'before must be the number of an entry.')
  readonly before?: number;
}
