import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Matches, Max, Min, ValidateIf } from 'class-validator';
import { ACCOUNT_ID_PATTERN } from '../../domain/account-id.js';

export const ACCOUNT_ID_SCHEMA = {
  type: 'string',
  pattern: ACCOUNT_ID_PATTERN.source,
  minLength: 1,
  maxLength: 64,
} as const;

/**
 * The id of an account, or nothing.
 * @param what it is called, in the words of the refusal
 */
export function IsAccountId(what = 'accountId must be a text of'): PropertyDecorator {
  const message = `${what} 1 to 64 letters, digits, "_" or "-".`;
  return applyDecorators(
    // Not IsOptional: that would let null pass.
    ValidateIf((_, value) => value !== undefined),
    IsString({ message }),
    Matches(ACCOUNT_ID_PATTERN, { message }),
  );
}

/**
 * A whole number of a query, or nothing.
 * @param rule what a refusal says
 */
export function IsWholeNumber(min: number, max: number, rule: string): PropertyDecorator {
  // Texts of more digits would not be the number that they say.
  const digits = new RegExp(`^\\d{1,${String(max).length}}$`);
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && digits.test(value) ? Number(value) : value,
    ),
    IsInt({ message: rule }),
    Min(min, { message: rule }),
    Max(max, { message: rule }),
  );
}
