import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { phoneNumber } from '../../../whatsapp/domain/phone-number.js';
import { AccountRequest } from '../../../whatsapp/api/dto/account.request.dto.js';
import { IsInternationalNumber, NUMBER } from '../../../whatsapp/api/dto/pair.request.dto.js';
import type { Identity } from '../../access/identity.js';
import type { NewPageLink } from '../../page-links/page-links.js';
import { IfPresent } from '../../../whatsapp/api/dto/validators.js';

const SHORTEST_S = 60;
const LONGEST_S = 7 * 24 * 60 * 60;
const MAX_URL = 2_048;
const LASTS_RULE = `expiresInSeconds must be a whole number from ${SHORTEST_S} to ${LONGEST_S}.`;
const URL_RULE = `returnUrl must be a text of at most ${MAX_URL} characters.`;

/** Body of a request for a new link. */
export class LinkOrderRequest extends AccountRequest {
  @ApiProperty({
    type: 'integer',
    minimum: SHORTEST_S,
    maximum: LONGEST_S,
    description: 'Lifetime of the link in seconds, from one minute to one week.',
    example: 86_400,
  })
  @IsInt({ message: LASTS_RULE })
  @Min(SHORTEST_S, { message: LASTS_RULE })
  @Max(LONGEST_S, { message: LASTS_RULE })
  readonly expiresInSeconds!: number;

  @ApiPropertyOptional({
    ...NUMBER,
    description:
      'The only number that can be linked with the link, by QR code or by phone code. International (E.164), with or without `+`.',
    example: '+4915112345678',
  })
  @IfPresent()
  @IsInternationalNumber()
  readonly expectedPhoneNumber?: string;

  @ApiPropertyOptional({
    type: String,
    maxLength: MAX_URL,
    description:
      'Target of the page once the account is linked. It must start with one of `WHATSAPP_RETURN_URLS`: the same scheme, host and port, and the path up to a `/`.',
    example: 'https://app.example.com/whatsapp/linked',
  })
  @IfPresent()
  @IsString({ message: URL_RULE })
  @MaxLength(MAX_URL, { message: URL_RULE })
  readonly returnUrl?: string;
}

export function orderFrom(
  { accountId, expiresInSeconds, expectedPhoneNumber, returnUrl }: LinkOrderRequest,
  by: Identity,
): NewPageLink {
  return {
    accountId,
    lastsMs: expiresInSeconds * 1_000,
    expectedPhone: expectedPhoneNumber === undefined ? null : phoneNumber(expectedPhoneNumber),
    returnUrl: returnUrl ?? null,
    createdBy: by.name,
  };
}
