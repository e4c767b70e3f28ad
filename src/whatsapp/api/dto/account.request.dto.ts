import { ApiPropertyOptional } from '@nestjs/swagger';
import { DEFAULT_ACCOUNT_ID } from '../../domain/account-id.js';
import type { AccountId } from '../../domain/account-id.js';
import { ACCOUNT_ID_SCHEMA, IsAccountId } from './validators.js';

/** Documentation of `accountId`, shared by body and query. */
export const ACCOUNT_ID = {
  description: 'The account. Case-sensitive; absent means `default`.',
  schema: { ...ACCOUNT_ID_SCHEMA, default: DEFAULT_ACCOUNT_ID },
} as const;

/** The account of a request. */
export class AccountRequest {
  @ApiPropertyOptional({ ...ACCOUNT_ID.schema, description: ACCOUNT_ID.description, example: 'default' })
  @IsAccountId()
  readonly accountId: AccountId = DEFAULT_ACCOUNT_ID;
}
