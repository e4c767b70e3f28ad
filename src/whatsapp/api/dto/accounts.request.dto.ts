import { ApiPropertyOptional } from '@nestjs/swagger';
import type { AccountId } from '../../domain/account-id.js';
import { ACCOUNT_ID_SCHEMA, IsAccountId } from './validators.js';
import { PageRequest } from './page.request.dto.js';

export const AFTER = {
  description: 'Only accounts after this one: `next` of the page before. Absent: from the first one on.',
  schema: ACCOUNT_ID_SCHEMA,
} as const;

/** A page of the accounts, in order of id (by code unit: `A` before `a`). */
export class AccountsRequest extends PageRequest {
  @ApiPropertyOptional({ ...AFTER.schema, description: AFTER.description, example: 'sales' })
  @IsAccountId('after must be an accountId:')
  readonly after?: AccountId;
}
