import { ApiProperty } from '@nestjs/swagger';
import type { AccountId } from '../../domain/account-id.js';
import type { Account, AccountPage } from '../../whatsapp-accounts.js';
import { FailureResponse, StatusResponse } from './pairing.responses.dto.js';

/* The schema of the list of accounts for the OpenAPI document. A test validates the running application against it. */

const TIME = { type: String, format: 'date-time', nullable: true } as const;

export class AccountResponse extends StatusResponse implements Account {
  @ApiProperty({
    ...TIME,
    description: 'When WhatsApp accepted the device; null: never. Kept after an unlink.',
    example: '2026-01-01T12:00:00.000Z',
  })
  readonly linkedAt!: Date | null;

  @ApiProperty({
    ...TIME,
    description: 'When the last connection of the account was opened.',
    example: '2026-01-01T12:00:01.000Z',
  })
  readonly lastConnectedAt!: Date | null;

  @ApiProperty({
    type: FailureResponse,
    nullable: true,
    description: 'Why the account is in `error`, or why its connection is down at the moment.',
    example: null,
  })
  readonly lastError!: FailureResponse | null;

  @ApiProperty({
    type: Number,
    description:
      'Received messages that could not be decrypted, since the start of the service or the linking.',
    example: 0,
  })
  readonly unreadableMessages!: number;

  @ApiProperty({
    type: Boolean,
    description:
      'Whether the latest five messages, or more, could not be decrypted; status updates and newsletters do not count. If it stays true, disconnect the account and pair it again.',
    example: false,
  })
  readonly cannotReadMessages!: boolean;
}

export class AccountsResponse implements AccountPage {
  @ApiProperty({ type: [AccountResponse], description: 'In order of id.' })
  readonly accounts!: readonly AccountResponse[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: '`after` for the next page; null: this page is the last one.',
    example: null,
  })
  readonly next!: AccountId | null;
}
