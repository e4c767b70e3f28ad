import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Matches, Max, Min, ValidateIf } from 'class-validator';
import { ACCOUNT_ID_PATTERN } from '../../../whatsapp/domain/account-id.js';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const ACCOUNT_RULE = 'accountId must be a text of 1 to 64 letters, digits, "_" or "-".';
const BEFORE_RULE = 'before must be the number of an entry.';
const LIMIT_RULE = `limit must be a whole number from 1 to ${MAX_LIMIT}.`;

/** Texts of more digits would not be the number that they say. */
const whole = (digits: RegExp): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && digits.test(value) ? Number(value) : value,
  );

export const OF_ACCOUNT = {
  description: 'Only entries about this account. Case-sensitive; absent means all (not `default`).',
  schema: { type: 'string', pattern: ACCOUNT_ID_PATTERN.source, minLength: 1, maxLength: 64 },
} as const;

export const BEFORE = {
  description: 'Only entries older than this one: `next` of the page before. Absent: from the latest on.',
  schema: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
} as const;

export const LIMIT = {
  description: 'At most so many entries.',
  schema: { type: 'integer', default: DEFAULT_LIMIT, minimum: 1, maximum: MAX_LIMIT },
} as const;

/** A page of the audit trail, the latest entry first. */
export class AuditRequest {
  @ApiPropertyOptional({ ...OF_ACCOUNT.schema, description: OF_ACCOUNT.description, example: 'sales' })
  // Not IsOptional: that would let null pass.
  @ValidateIf((_, value) => value !== undefined)
  @IsString({ message: ACCOUNT_RULE })
  @Matches(ACCOUNT_ID_PATTERN, { message: ACCOUNT_RULE })
  readonly accountId?: AccountId;

  @ApiPropertyOptional({ ...BEFORE.schema, description: BEFORE.description, example: 1042 })
  @ValidateIf((_, value) => value !== undefined)
  @whole(/^\d{1,16}$/)
  @IsInt({ message: BEFORE_RULE })
  @Min(1, { message: BEFORE_RULE })
  @Max(Number.MAX_SAFE_INTEGER, { message: BEFORE_RULE })
  readonly before?: number;

  @ApiPropertyOptional({ ...LIMIT.schema, description: LIMIT.description, example: DEFAULT_LIMIT })
  @ValidateIf((_, value) => value !== undefined)
  @whole(/^\d{1,3}$/)
  @IsInt({ message: LIMIT_RULE })
  @Min(1, { message: LIMIT_RULE })
  @Max(MAX_LIMIT, { message: LIMIT_RULE })
  readonly limit: number = DEFAULT_LIMIT;
}
