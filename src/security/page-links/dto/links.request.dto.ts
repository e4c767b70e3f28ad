import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Matches, Max, Min, ValidateIf } from 'class-validator';
import { ACCOUNT_ID_PATTERN } from '../../../whatsapp/domain/account-id.js';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const LINK_ID_PATTERN = /^[A-Za-z0-9]{8}$/;
const ACCOUNT_RULE = 'accountId must be a text of 1 to 64 letters, digits, "_" or "-".';
const AFTER_RULE = 'after must be a linkId: 8 letters or digits.';
const LIMIT_RULE = `limit must be a whole number from 1 to ${MAX_LIMIT}.`;

export const OF_ACCOUNT = {
  description: 'Only links of this account. Case-sensitive; absent means all (not `default`).',
  schema: { type: 'string', pattern: ACCOUNT_ID_PATTERN.source, minLength: 1, maxLength: 64 },
} as const;

export const AFTER = {
  description:
    'Only links that are older than this one: `next` of the page before. Absent: from the latest on. Nothing is behind a link that is unknown.',
  schema: { type: 'string', pattern: LINK_ID_PATTERN.source, minLength: 8, maxLength: 8 },
} as const;

export const LIMIT = {
  description: 'At most so many links.',
  schema: { type: 'integer', default: DEFAULT_LIMIT, minimum: 1, maximum: MAX_LIMIT },
} as const;

/** A page of the links, the latest first. */
export class LinksRequest {
  @ApiPropertyOptional({ ...OF_ACCOUNT.schema, description: OF_ACCOUNT.description, example: 'sales' })
  // Not IsOptional: that would let null pass.
  @ValidateIf((_, value) => value !== undefined)
  @IsString({ message: ACCOUNT_RULE })
  @Matches(ACCOUNT_ID_PATTERN, { message: ACCOUNT_RULE })
  readonly accountId?: AccountId;

  @ApiPropertyOptional({ ...AFTER.schema, description: AFTER.description, example: 'n3VbY8sD' })
  @ValidateIf((_, value) => value !== undefined)
  @IsString({ message: AFTER_RULE })
  @Matches(LINK_ID_PATTERN, { message: AFTER_RULE })
  readonly after?: string;

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
