import { ApiProperty } from '@nestjs/swagger';
import type { AccountId } from '../../domain/account-id.js';
import type { Account, AccountPage } from '../../whatsapp-accounts.js';
import { FailureResponse, StatusResponse } from './pairing.responses.dto.js';

/* The shape of the list of accounts, for the OpenAPI document; a test holds it against the running application. */

const TIME = { type: String, format: 'date-time', nullable: true } as const;

export class AccountResponse extends StatusResponse implements Account {
  @ApiProperty({
    ...TIME,
    description: 'When WhatsApp accepted the device; null when it never did. Kept after an unlink.',
    example: '2026-01-01T12:00:00.000Z',
  })
  readonly linkedAt!: Date | null;

  @ApiProperty({
    ...TIME,
    description: 'When its connection was opened last.',
    example: '2026-01-01T12:00:01.000Z',
  })
  readonly lastConnectedAt!: Date | null;

  @ApiProperty({
    type: FailureResponse,
    nullable: true,
    description: 'Why the account is in `error`, or why its connection is down just now.',
    example: null,
  })
  readonly lastError!: FailureResponse | null;
}

export class AccountsResponse implements AccountPage {
  @ApiProperty({ type: [AccountResponse], description: 'In order of id.' })
  readonly accounts!: readonly AccountResponse[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: '`after` of the next page; null: there are no more.',
    example: null,
  })
  readonly next!: AccountId | null;
}
