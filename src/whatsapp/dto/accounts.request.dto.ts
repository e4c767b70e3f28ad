import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Matches, Max, Min, ValidateIf } from 'class-validator';
import { ACCOUNT_ID_PATTERN } from '../domain/account-id.js';
import type { AccountId } from '../domain/account-id.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const AFTER_RULE = 'after must be an accountId: 1 to 64 letters, digits, "_" or "-".';
const LIMIT_RULE = `limit must be a whole number from 1 to ${MAX_LIMIT}.`;

export const AFTER = {
  description: 'Only accounts after this one: `next` of the page before. Absent: from the first one on.',
  schema: { type: 'string', pattern: ACCOUNT_ID_PATTERN.source, minLength: 1, maxLength: 64 },
} as const;

export const LIMIT = {
  description: 'At most so many accounts.',
  schema: { type: 'integer', default: DEFAULT_LIMIT, minimum: 1, maximum: MAX_LIMIT },
} as const;

/** A page of the accounts, in order of id (by code unit: `A` before `a`). */
export class AccountsRequest {
  @ApiPropertyOptional({ ...AFTER.schema, description: AFTER.description, example: 'sales' })
  @ValidateIf((_, value) => value !== undefined)
  @IsString({ message: AFTER_RULE })
  @Matches(ACCOUNT_ID_PATTERN, { message: AFTER_RULE })
  readonly after?: AccountId;

  @ApiPropertyOptional({ ...LIMIT.schema, description: LIMIT.description, example: DEFAULT_LIMIT })
  @ValidateIf((_, value) => value !== undefined)
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value,
  )
  @IsInt({ message: LIMIT_RULE })
  @Min(1, { message: LIMIT_RULE })
  @Max(MAX_LIMIT, { message: LIMIT_RULE })
  readonly limit: number = DEFAULT_LIMIT;
}
