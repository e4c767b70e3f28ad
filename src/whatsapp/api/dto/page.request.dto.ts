import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsWholeNumber } from './validators.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

export const LIMIT = {
  description: 'At most so many of them.',
  schema: { type: 'integer', default: DEFAULT_LIMIT, minimum: 1, maximum: MAX_LIMIT },
} as const;

/** A page of a list. */
export class PageRequest {
  @ApiPropertyOptional({ ...LIMIT.schema, description: LIMIT.description, example: DEFAULT_LIMIT })
  @IsWholeNumber(1, MAX_LIMIT, `limit must be a whole number from 1 to ${MAX_LIMIT}.`)
  readonly limit: number = DEFAULT_LIMIT;
}
