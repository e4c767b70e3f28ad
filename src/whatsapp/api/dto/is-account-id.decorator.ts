import { applyDecorators } from '@nestjs/common';
import { IsString, Matches, ValidateIf } from 'class-validator';
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
