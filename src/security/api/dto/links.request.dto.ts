import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import { ACCOUNT_ID_SCHEMA, IfPresent, IsAccountId } from '../../../whatsapp/api/dto/validators.js';
import { PageRequest } from '../../../whatsapp/api/dto/page.request.dto.js';

const LINK_ID_PATTERN = /^[A-Za-z0-9]{8}$/;
const AFTER_RULE = 'after must be a linkId: 8 letters or digits.';

export const OF_ACCOUNT = {
  description: 'Only links of this account. Case-sensitive. Default: all accounts (not `default`).',
  schema: ACCOUNT_ID_SCHEMA,
} as const;

export const AFTER = {
  description:
    'Only links older than this one: `next` of the previous page. Default: starts with the latest link. The page after an unknown link is empty.',
  schema: { type: 'string', pattern: LINK_ID_PATTERN.source, minLength: 8, maxLength: 8 },
} as const;

/** Query of a page of links. */
export class LinksRequest extends PageRequest {
  @ApiPropertyOptional({ ...OF_ACCOUNT.schema, description: OF_ACCOUNT.description, example: 'sales' })
  @IsAccountId()
  readonly accountId?: AccountId;

  @ApiPropertyOptional({ ...AFTER.schema, description: AFTER.description, example: 'n3VbY8sD' })
  @IfPresent()
  @IsString({ message: AFTER_RULE })
  @Matches(LINK_ID_PATTERN, { message: AFTER_RULE })
  readonly after?: string;
}
