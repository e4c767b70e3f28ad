import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { QR_FORMATS } from '../../../qr/draw-qr.js';
import type { QrFormat } from '../../../qr/draw-qr.js';
import { AccountRequest } from './account.request.dto.js';
import { IfPresent, IsWholeNumber } from './validators.js';

const MAX_WAIT_MS = 30_000;

export const FORMAT = {
  description:
    'The format of the answer. Absent: the format that `Accept` prefers, or `svg` when `Accept` has no preference.',
  schema: { type: 'string', enum: [...QR_FORMATS] },
} as const;

export const WAIT_MS = {
  description:
    'The maximum wait, in milliseconds, for the first code or, with `If-None-Match`, for a newer one. The wait ends early when the session ends.',
  schema: { type: 'integer', default: 0, minimum: 0, maximum: MAX_WAIT_MS },
} as const;

/** The parameters of `GET /pair/qr`. */
export class QrRequest extends AccountRequest {
  @ApiPropertyOptional({ ...FORMAT.schema, description: FORMAT.description, example: 'svg' })
  @IfPresent()
  @IsIn(QR_FORMATS, { message: `format must be one of ${QR_FORMATS.join(', ')}.` })
  readonly format?: QrFormat;

  @ApiPropertyOptional({ ...WAIT_MS.schema, description: WAIT_MS.description, example: 10_000 })
  @IsWholeNumber(0, MAX_WAIT_MS, `waitMs must be a whole number from 0 to ${MAX_WAIT_MS}.`)
  readonly waitMs: number = 0;
}
