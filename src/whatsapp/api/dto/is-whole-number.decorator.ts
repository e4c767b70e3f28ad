import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min, ValidateIf } from 'class-validator';

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
