import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { STEP_TYPES } from '../../domain/pairing.js';
import { AccountResponse } from './accounts.responses.dto.js';
import { FailureResponse, PairingResponse, StatusResponse } from './pairing.responses.dto.js';

/*
 * The schemas of the event stream's messages for the OpenAPI document; the stream sends `data` as JSON. A test
 * validates the running application against them.
 */

const SEQUENCE = {
  type: 'integer',
  minimum: 0,
  description: 'The number of messages about this account so far.',
  example: 7,
} as const;

class AccountEventMessage {
  @ApiProperty({ description: 'The account of the message.', example: 'default' })
  readonly accountId!: string;

  @ApiProperty({
    ...SEQUENCE,
    minimum: 1,
    description:
      'Increases by one with each message about this account. It can jump to a larger number after the account had no state for a long time. After a restart of the service it begins again, with a snapshot.',
  })
  readonly sequence!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When the change happened.',
    example: '2026-01-01T12:00:00.500Z',
  })
  readonly at!: string;
}

export class StatusEvent extends AccountEventMessage {
  @ApiProperty({
    description: 'The answer of `GET /api/whatsapp/status`; also the first five fields of `account`.',
  })
  readonly status!: StatusResponse;

  @ApiProperty({ description: 'As `GET /api/whatsapp/pair` answers.' })
  readonly pairing!: PairingResponse;
}

export class StepEvent extends AccountEventMessage {
  @ApiProperty({
    description: "The answer of `GET /api/whatsapp/pair`. `step` is the user's next action.",
  })
  readonly pairing!: PairingResponse;
}

export class ErrorEvent extends AccountEventMessage {
  @ApiProperty({ description: 'The `error` of the pairing.' })
  readonly error!: FailureResponse;

  @ApiProperty({ description: 'As `GET /api/whatsapp/pair` answers.' })
  readonly pairing!: PairingResponse;
}

export class ConnectionEvent extends AccountEventMessage {
  @ApiProperty({ description: 'As `GET /api/whatsapp/accounts` lists it.' })
  readonly account!: AccountResponse;
}

@ApiSchema({ name: 'AccountSnapshot' })
export class AccountSnapshotResponse {
  @ApiProperty(SEQUENCE)
  readonly sequence!: number;

  @ApiProperty({ description: 'As `GET /api/whatsapp/status` answers.' })
  readonly status!: StatusResponse;

  @ApiProperty({ description: 'As `GET /api/whatsapp/pair` answers.' })
  readonly pairing!: PairingResponse;

  @ApiProperty({ description: 'As `GET /api/whatsapp/accounts` lists it.' })
  readonly account!: AccountResponse;
}

export class Snapshot {
  @ApiProperty({ enum: [false], description: 'Always false: the client must discard its earlier state.' })
  readonly resumed!: false;

  @ApiProperty({
    enum: ['first', 'log_exceeded', 'restarted'],
    description:
      'Why a snapshot is sent. `first`: the request has no valid `Last-Event-ID`. `log_exceeded`: the messages after it are no longer stored. `restarted`: the service was restarted.',
  })
  readonly reason!: string;

  @ApiProperty({
    type: [AccountSnapshotResponse],
    description:
      'The requested account, also when it has no state. Without `accountId`: every account that the caller may access, in order of id, at most 100 in a message.',
  })
  readonly accounts!: AccountSnapshotResponse[];

  @ApiProperty({ description: 'Whether the snapshot continues in the next message.', example: false })
  readonly more!: boolean;
}

const ID = {
  description: 'The value that `EventSource` sends as `Last-Event-ID` when it reconnects.',
  example: '3f9c2ab81d04-41',
} as const;

export class SnapshotMessage {
  @ApiProperty({ ...ID, required: false, description: 'Present only in the last message of the snapshot.' })
  readonly id?: string;

  @ApiProperty({ enum: ['snapshot'] })
  readonly event!: 'snapshot';

  @ApiProperty()
  readonly data!: Snapshot;
}

class EventMessage {
  @ApiProperty(ID)
  readonly id!: string;
}

export class StatusMessage extends EventMessage {
  @ApiProperty({ enum: ['status'] })
  readonly event!: 'status';

  @ApiProperty()
  readonly data!: StatusEvent;
}

export class StepMessage extends EventMessage {
  @ApiProperty({
    enum: STEP_TYPES,
    description: 'The `type` of the step. Clients must ignore unknown types.',
  })
  readonly event!: string;

  @ApiProperty()
  readonly data!: StepEvent;
}

export class ErrorMessage extends EventMessage {
  @ApiProperty({ enum: ['error'] })
  readonly event!: 'error';

  @ApiProperty()
  readonly data!: ErrorEvent;
}

export class ConnectionMessage extends EventMessage {
  @ApiProperty({ enum: ['connection'] })
  readonly event!: 'connection';

  @ApiProperty()
  readonly data!: ConnectionEvent;
}
