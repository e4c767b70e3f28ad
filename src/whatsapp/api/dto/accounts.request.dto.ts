import { ApiPropertyOptional } from '@nestjs/swagger';
import type { AccountId } from '../../domain/account-id.js';
import { ACCOUNT_ID_SCHEMA, IsAccountId } from './validators.js';
import { PageRequest } from './page.request.dto.js';

export const AFTER = {
  description:
    'Returns accounts after this id: the `next` of the previous page. Absent: from the first account on.',
  schema: ACCOUNT_ID_SCHEMA,
} as const;

/** The parameters of a page of accounts. The order is by id (by code unit: `A` before `a`). */
export class AccountsRequest extends PageRequest {
  @ApiPropertyOptional({ ...AFTER.schema, description: AFTER.description, example: 'sales' })
  @IsAccountId('after must be an accountId:')
  readonly after?: AccountId;
}
