import { ApiProperty } from '@nestjs/swagger';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import { PAGE_LINK_STATES, type PageLinkState } from '../../page-links/page-link-permissions.js';
import type { LinkPage, ListedLink, MadeLink, OwnLink } from '../../page-links/page-link.service.js';

/* Responses of the link routes in the OpenAPI document. A test compares them with the running application. */

const OK = { type: Boolean, enum: [true] } as const;
const LINK_ID = {
  description: 'Id of the link. It is also part of the token.',
  example: 'n3VbY8sD',
} as const;
const ACCOUNT_ID = {
  type: String,
  description: 'The account of the link.',
  example: 'sales',
} as const;
const EXPIRES_AT = {
  type: String,
  format: 'date-time',
  description: 'Expiry of the link.',
  example: '2026-01-02T12:00:00.000Z',
} as const;
const RETURN_URL = {
  type: String,
  nullable: true,
  description: 'Target of the page once the account is linked; null: none.',
  example: null,
} as const;
const STATE = {
  enum: PAGE_LINK_STATES,
  description:
    '`open`: the link can pair its account. `used`: the account was linked, with this link or in another way. `revoked`, `expired`: the link can no longer be used.',
} as const;

export class MadeLinkResponse implements MadeLink {
  @ApiProperty(OK)
  readonly ok!: true;

  @ApiProperty(LINK_ID)
  readonly linkId!: string;

  @ApiProperty(ACCOUNT_ID)
  readonly accountId!: AccountId;

  @ApiProperty({
    description:
      'Send it only to the user who is to link the account: every holder of the link can link it. The token follows `#`, so browsers send it to no server. No other answer contains it.',
    example: 'https://wa.example.com/#wpl_n3VbY8sD_2lO6gxv0eAJvyXTEIyDhJqRk6sXcVbL3rDnM8u5wQ1o',
  })
  readonly url!: string;

  @ApiProperty(EXPIRES_AT)
  readonly expiresAt!: Date;
}

export class ListedLinkResponse implements ListedLink {
  @ApiProperty(LINK_ID)
  readonly linkId!: string;

  @ApiProperty(ACCOUNT_ID)
  readonly accountId!: AccountId;

  @ApiProperty({ ...STATE, example: 'open' })
  readonly state!: PageLinkState;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'Creation time.',
    example: '2026-01-01T12:00:00.000Z',
  })
  readonly createdAt!: Date;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Name of the key that created the link; null: there was no key.',
    example: 'back office',
  })
  readonly createdBy!: string | null;

  @ApiProperty(EXPIRES_AT)
  readonly expiresAt!: Date;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the link was used or revoked; null: neither.',
    example: null,
  })
  readonly endedAt!: Date | null;

  @ApiProperty({
    type: Boolean,
    description: 'Whether only one number can be linked with the link.',
    example: true,
  })
  readonly expectsNumber!: boolean;

  @ApiProperty(RETURN_URL)
  readonly returnUrl!: string | null;
}

export class LinksResponse implements LinkPage {
  @ApiProperty({ type: [ListedLinkResponse], description: 'Links, latest first.' })
  readonly links!: readonly ListedLinkResponse[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: '`after` of the next page; null: this is the last page.',
    example: null,
  })
  readonly next!: string | null;
}

export class RevokedLinkResponse {
  @ApiProperty(OK)
  readonly ok!: true;

  @ApiProperty(LINK_ID)
  readonly linkId!: string;

  @ApiProperty(ACCOUNT_ID)
  readonly accountId!: AccountId;

  @ApiProperty({
    ...STATE,
    description: '`revoked`, or how the link ended before this request: `used`, `expired`.',
    example: 'revoked',
  })
  readonly state!: PageLinkState;
}

export class OwnLinkResponse implements OwnLink {
  @ApiProperty(ACCOUNT_ID)
  readonly accountId!: AccountId;

  @ApiProperty(EXPIRES_AT)
  readonly expiresAt!: Date;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The last two digits of the only number that can be linked; null: any number.',
    example: '78',
  })
  readonly phoneEnding!: string | null;

  @ApiProperty(RETURN_URL)
  readonly returnUrl!: string | null;
}
