import { ApiProperty } from '@nestjs/swagger';
import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import { IDENTITY_KINDS, type Identity } from '../../access/identity.js';
import type { AuditExtract } from '../../audit/audit-trail.js';
import {
  AUDITED_ACTIONS,
  type AuditedAction,
  type AuditEntry,
  type AuditResult,
} from '../../ports/audit-trail.store.js';

/* The shape of the audit trail, for the OpenAPI document; a test holds it against the running application. */

export class AuditIdentityResponse implements Identity {
  @ApiProperty({
    enum: IDENTITY_KINDS,
    description:
      '`key`: whoever has an API key. `link`: whoever has a page link. `anonymous`: anybody, while there was no key. `command`: whoever can run commands on the machine of the service.',
    example: 'key',
  })
  readonly kind!: Identity['kind'];

  @ApiProperty({ type: String, nullable: true, description: 'Of the key or the link.', example: 'k7Qm2xZ9' })
  readonly id!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Of the key.', example: 'back-office' })
  readonly name!: string | null;
}

export class AuditEntryResponse implements AuditEntry {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'Grows with every entry; never used again.',
    example: 1042,
  })
  readonly number!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When it was about to be done.',
    example: '2026-01-01T12:00:00.000Z',
  })
  readonly at!: Date;

  @ApiProperty({ type: AuditIdentityResponse, description: 'Who did it.' })
  readonly by!: AuditIdentityResponse;

  @ApiProperty({ enum: AUDITED_ACTIONS, description: 'What was to be done.', example: 'disconnect' })
  readonly action!: AuditedAction;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'To which account; null: to none.',
    example: 'sales',
  })
  readonly accountId!: AccountId | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Id of the key or link that it was done to; null: to none.',
    example: null,
  })
  readonly subject!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Address that the call came from; null: a command on the machine of the service.',
    example: '203.0.113.7',
  })
  readonly address!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      '`ok`, or the `code` of the error that it was answered with; null: it is still being done, or the service was ended before it was done.',
    example: 'ok',
  })
  readonly result!: AuditResult | null;
}

export class AuditResponse implements AuditExtract {
  @ApiProperty({
    type: [AuditEntryResponse],
    description:
      'The latest first. For a key that is restricted to some accounts these can be fewer than `limit`, or none, though there are more.',
  })
  readonly entries!: readonly AuditEntryResponse[];

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: '`before` of the next page; null: there are no more.',
    example: null,
  })
  readonly next!: number | null;
}
