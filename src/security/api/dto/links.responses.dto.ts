import { ApiProperty } from '@nestjs/swagger';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import { PAGE_LINK_STATES } from '../../page-links/page-link-permissions.js';
import type { PageLinkState } from '../../page-links/page-link-permissions.js';
import type { LinkPage, ListedLink, MadeLink, OwnLink } from '../../page-links/page-link.service.js';

/* The shapes of page links, for the OpenAPI document; a test holds them against the running application. */

const OK = { type: Boolean, enum: [true] } as const;
const LINK_ID = { description: 'Stands in the token of the link, too.', example: 'n3VbY8sD' } as const;
const ACCOUNT_ID = {
  type: String,
  description: 'The account that can be linked with it.',
  example: 'sales',
} as const;
const EXPIRES_AT = {
  type: String,
  format: 'date-time',
  description: 'Until when it can be used.',
  example: '2026-01-02T12:00:00.000Z',
} as const;
const RETURN_URL = {
  type: String,
  nullable: true,
  description: 'Where the page leads once the account is linked; null: nowhere.',
  example: null,
} as const;
const STATE = {
  enum: PAGE_LINK_STATES,
  description:
    '`open`: the account can be linked with it. `used`: the account was linked, with this link or otherwise. `revoked`, `expired`: it cannot be used any more.',
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
      'For the person who is to link the account, and nobody else: whoever has it can. The token stands behind `#`, so that browsers send it to no server; it is told only here.',
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
    description: 'When it was made.',
    example: '2026-01-01T12:00:00.000Z',
  })
  readonly createdAt!: Date;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Name of the key that it was made with; null: nobody had to have one.',
    example: 'back office',
  })
  readonly createdBy!: string | null;

  @ApiProperty(EXPIRES_AT)
  readonly expiresAt!: Date;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it was used or revoked.',
    example: null,
  })
  readonly endedAt!: Date | null;

  @ApiProperty({ type: Boolean, description: 'Only one number can be linked with it.', example: true })
  readonly expectsNumber!: boolean;

  @ApiProperty(RETURN_URL)
  readonly returnUrl!: string | null;
}

export class LinksResponse implements LinkPage {
  @ApiProperty({ type: [ListedLinkResponse], description: 'The latest first.' })
  readonly links!: readonly ListedLinkResponse[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: '`after` of the next page; null: there are no more.',
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
    description: '`revoked`, or how it had ended before: `used`, `expired`.',
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
    description: 'The last two digits of the only number that can be linked with it; null: any can.',
    example: '78',
  })
  readonly phoneEnding!: string | null;

  @ApiProperty(RETURN_URL)
  readonly returnUrl!: string | null;
}
