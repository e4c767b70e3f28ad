import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { STEP_TYPES } from '../../domain/pairing.js';
import { AccountResponse } from './accounts.responses.dto.js';
import { FailureResponse, PairingResponse, StatusResponse } from './pairing.responses.dto.js';

/*
 * The messages of the event stream, for the OpenAPI document: `data` stands in the stream as JSON. A test holds them
 * against the running application.
 */

const SEQUENCE = {
  type: 'integer',
  minimum: 0,
  description: 'How many events there have been of this account.',
  example: 7,
} as const;

class AccountEventMessage {
  @ApiProperty({ description: 'The account the event is about.', example: 'default' })
  readonly accountId!: string;

  @ApiProperty({
    ...SEQUENCE,
    minimum: 1,
    description:
      'Grows by one with each event of this account. An account of which nothing has been known for long may go on with a larger number; after a restart of the service each begins anew, with a snapshot.',
  })
  readonly sequence!: number;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it happened.' })
  readonly at!: string;
}

export class StatusEvent extends AccountEventMessage {
  @ApiProperty({
    description: 'As `GET /api/whatsapp/status` answers. Also the first five fields of `account`.',
  })
  readonly status!: StatusResponse;

  @ApiProperty({ description: 'As `GET /api/whatsapp/pair` answers.' })
  readonly pairing!: PairingResponse;
}

export class StepEvent extends AccountEventMessage {
  @ApiProperty({
    description: 'As `GET /api/whatsapp/pair` answers; `step` is what the person has to do now.',
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
  @ApiProperty({ enum: [false], description: 'Whatever the client had before is to be forgotten.' })
  readonly resumed!: false;

  @ApiProperty({
    enum: ['first', 'log_exceeded', 'restarted'],
    description:
      'Why it is not told what has happened since: it came without (usable) `Last-Event-ID`, more has happened since than is remembered, or the service has been restarted.',
  })
  readonly reason!: string;

  @ApiProperty({
    type: [AccountSnapshotResponse],
    description:
      'The account that was asked for, also when nothing is known of it; without `accountId` every account that the caller may use, in order of id and at most 100 in a message.',
  })
  readonly accounts!: AccountSnapshotResponse[];

  @ApiProperty({ description: 'The snapshot goes on in the next message.', example: false })
  readonly more!: boolean;
}

const ID = {
  description: 'What `EventSource` sends as `Last-Event-ID` when it comes back.',
  example: '3f9c2ab81d04-41',
} as const;

export class SnapshotMessage {
  @ApiProperty({ ...ID, required: false, description: 'Only with the last message of the snapshot.' })
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
  @ApiProperty({ enum: STEP_TYPES, description: 'The `type` of the step; clients must accept new ones.' })
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
