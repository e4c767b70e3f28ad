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

/* Responses of the audit routes in the OpenAPI document. A test compares them with the running application. */

export class AuditIdentityResponse implements Identity {
  @ApiProperty({
    enum: IDENTITY_KINDS,
    description:
      '`key`: a client with an API key. `link`: a client with a page link. `anonymous`: a client without a credential, while no key existed. `command`: an operator at the command line of the service’s machine.',
    example: 'key',
  })
  readonly kind!: Identity['kind'];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Id of the key or the link; null: neither.',
    example: 'k7Qm2xZ9',
  })
  readonly id!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Name of the key; null: no key.',
    example: 'back-office',
  })
  readonly name!: string | null;
}

export class AuditEntryResponse implements AuditEntry {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'Increases with every entry; never reused.',
    example: 1042,
  })
  readonly number!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'Time just before the call started.',
    example: '2026-01-01T12:00:00.000Z',
  })
  readonly at!: Date;

  @ApiProperty({ type: AuditIdentityResponse, description: 'The caller.' })
  readonly by!: AuditIdentityResponse;

  @ApiProperty({ enum: AUDITED_ACTIONS, description: 'The requested action.', example: 'disconnect' })
  readonly action!: AuditedAction;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The account; null: the action concerns no account.',
    example: 'sales',
  })
  readonly accountId!: AccountId | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Id of the key or link that the action concerns; null: none.',
    example: null,
  })
  readonly subject!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Address of the client; null: a command on the machine of the service.',
    example: '203.0.113.7',
  })
  readonly address!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      '`ok`, or the `code` of the error in the answer. Null: the call is still running, or the service ended before the call did.',
    example: 'ok',
  })
  readonly result!: AuditResult | null;
}

export class AuditResponse implements AuditExtract {
  @ApiProperty({
    type: [AuditEntryResponse],
    description:
      'Entries, latest first. A key that is restricted to some accounts can receive fewer than `limit`, or none, although more follow.',
  })
  readonly entries!: readonly AuditEntryResponse[];

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: '`before` of the next page; null: this is the last page.',
    example: null,
  })
  readonly next!: number | null;
}
