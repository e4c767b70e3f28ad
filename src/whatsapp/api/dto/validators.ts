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

/** Skips the checks of an absent field. Unlike `IsOptional`, it does not accept null. */
export const IfPresent = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/**
 * Validates an optional account id.
 * @param what the beginning of the error message
 */
export function IsAccountId(what = 'accountId must be a text of'): PropertyDecorator {
  const message = `${what} 1 to 64 letters, digits, "_" or "-".`;
  return applyDecorators(IfPresent(), IsString({ message }), Matches(ACCOUNT_ID_PATTERN, { message }));
}

/**
 * Validates and converts an optional whole number of a query.
 * @param rule the error message
 */
export function IsWholeNumber(min: number, max: number, rule: string): PropertyDecorator {
  // A text with more digits could lose precision as a number.
  const digits = new RegExp(`^\\d{1,${String(max).length}}$`);
  return applyDecorators(
    IfPresent(),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && digits.test(value) ? Number(value) : value,
    ),
    IsInt({ message: rule }),
    Min(min, { message: rule }),
    Max(max, { message: rule }),
  );
}
