import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsWholeNumber } from './validators.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

export const LIMIT = {
  description: 'The maximum number of entries.',
  schema: { type: 'integer', default: DEFAULT_LIMIT, minimum: 1, maximum: MAX_LIMIT },
} as const;

/** The parameters of a page of a list. */
export class PageRequest {
  @ApiPropertyOptional({ ...LIMIT.schema, description: LIMIT.description, example: DEFAULT_LIMIT })
  @IsWholeNumber(1, MAX_LIMIT, `limit must be a whole number from 1 to ${MAX_LIMIT}.`)
  readonly limit: number = DEFAULT_LIMIT;
}
