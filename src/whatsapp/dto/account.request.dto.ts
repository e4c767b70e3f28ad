import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Matches, ValidateIf } from 'class-validator';
import { ACCOUNT_ID_PATTERN, DEFAULT_ACCOUNT_ID } from '../domain/account-id.js';
import type { AccountId } from '../domain/account-id.js';

const RULE = 'accountId must be a text of 1 to 64 letters, digits, "_" or "-".';

/** The same words for the body and the query. */
export const ACCOUNT_ID = {
  description: 'The account. Case-sensitive; absent means `default`.',
  schema: {
    type: 'string',
    default: DEFAULT_ACCOUNT_ID,
    pattern: ACCOUNT_ID_PATTERN.source,
    minLength: 1,
    maxLength: 64,
  },
} as const;

/** The account a call is about. */
export class AccountRequest {
  @ApiPropertyOptional({ ...ACCOUNT_ID.schema, description: ACCOUNT_ID.description, example: 'default' })
  // Not IsOptional: that would let null pass.
  @ValidateIf((_, value) => value !== undefined)
  @IsString({ message: RULE })
  @Matches(ACCOUNT_ID_PATTERN, { message: RULE })
  readonly accountId: AccountId = DEFAULT_ACCOUNT_ID;
}
