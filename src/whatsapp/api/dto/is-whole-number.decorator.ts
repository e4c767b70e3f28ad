import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min, ValidateIf } from 'class-validator';

/**
 * Validates and converts an optional whole number of a query.
 * @param rule the error message
 */
export function IsWholeNumber(min: number, max: number, rule: string): PropertyDecorator {
  // A text with more digits could lose precision as a number.
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
