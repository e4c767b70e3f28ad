import { ApiProperty } from '@nestjs/swagger';
import type { AccountId } from '../../domain/account-id.js';
import { ACCOUNT_STATES, type AccountState, type AccountStatus } from '../../domain/account.js';
import {
  FAILURE_CODES,
  USER_ACTIONS,
  type Failure,
  type FailureCode,
  type UserAction,
} from '../../domain/failure.js';
import { STEP_TYPES, type PairingStep, type PairingView, type StepType } from '../../domain/pairing.js';

/** The shapes of the answers, for the OpenAPI document; a test holds them against the running application. */
const ACCOUNT_ID = { description: 'The account the answer is about.', example: 'default' } as const;
const PAIRING_CODE = {
  type: String,
  nullable: true,
  pattern: '^[0-9A-Z]{4}-[0-9A-Z]{4}$',
  example: 'ABCD-EFGH',
} as const;
const TIME = { type: String, format: 'date-time' } as const;

export class DisconnectResponse {
  @ApiProperty({ enum: [true] })
  readonly ok!: true;

  @ApiProperty(ACCOUNT_ID)
  readonly accountId!: string;
}

export class PairResponse extends DisconnectResponse {
  @ApiProperty({
    enum: ['pending', 'connected'],
    description: '`connected`: the account is linked and live, nothing was started.',
    example: 'pending',
  })
  readonly status!: 'pending' | 'connected';

  @ApiProperty({
    ...PAIRING_CODE,
    required: false,
    description:
      'Only where `phoneNumber` was given: the code to type on the phone, once WhatsApp has accepted it; null when that takes longer than 10 s (`GET /pair` and the events have it then), or when the account is `connected`. A secret.',
  })
  readonly pairingCode?: string | null;
}

export class StopResponse extends DisconnectResponse {
  @ApiProperty({ enum: ['idle'], description: 'Fixed; `GET /status` says how the account is.' })
  readonly status!: 'idle';
}

export class StatusResponse implements AccountStatus {
  @ApiProperty({ ...ACCOUNT_ID, type: String })
  readonly accountId!: AccountId;

  @ApiProperty({ enum: ACCOUNT_STATES, example: 'idle' })
  readonly status!: AccountState;

  @ApiProperty({ description: 'Credentials that WhatsApp has accepted are stored.', example: false })
  readonly authExists!: boolean;

  @ApiProperty({
    description: 'The connection is open; exactly when `status` is `connected`.',
    example: false,
  })
  readonly serviceConnected!: boolean;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The linked number as WhatsApp writes it (digits, no `+`); null when not connected.',
    example: null,
  })
  readonly servicePhone!: string | null;
}

class ShownResponse implements Omit<PairingStep, 'type' | 'value'> {
  @ApiProperty({ type: 'integer', minimum: 1, description: 'Grows with every code of a session.' })
  readonly sequence!: number;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'How many references WhatsApp gave to this socket.',
  })
  readonly of!: number;

  @ApiProperty({ ...TIME, description: 'When this code stops to be shown.' })
  readonly expiresAt!: Date;
}

export class QrResponse extends ShownResponse implements Omit<PairingStep, 'type'> {
  @ApiProperty({ description: 'The text of the QR code. A secret: whoever scans it owns the link.' })
  readonly value!: string;
}

export class StepResponse extends ShownResponse implements Omit<PairingStep, 'value'> {
  @ApiProperty({
    type: String,
    description: `What the person has to do; clients must accept new ones. One of: ${STEP_TYPES.map((type) => `\`${type}\``).join(', ')}.`,
    example: 'qr',
  })
  readonly type!: StepType;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The text of the QR code, or the code to type. A secret: whoever uses it owns the link. Null for callers who may read and not pair.',
  })
  readonly value!: string | null;
}

export class FailureResponse implements Failure {
  @ApiProperty({
    type: String,
    description: `Stable; clients must accept new ones. One of: ${FAILURE_CODES.map((code) => `\`${code}\``).join(', ')}.`,
    example: 'qr_expired',
  })
  readonly code!: FailureCode;

  @ApiProperty({ description: 'One sentence for the person who reads it.' })
  readonly message!: string;

  @ApiProperty({
    type: String,
    description: `What the person can do; clients must accept new ones. One of: ${USER_ACTIONS.map((action) => `\`${action}\``).join(', ')}.`,
    example: 'scan_again',
  })
  readonly userAction!: UserAction;
}

export class PairingResponse implements Omit<PairingView, 'step'> {
  @ApiProperty({ ...ACCOUNT_ID, type: String })
  readonly accountId!: AccountId;

  @ApiProperty({ enum: ACCOUNT_STATES, example: 'pending' })
  readonly status!: AccountState;

  @ApiProperty({ ...TIME, nullable: true, description: 'When the pairing session started.' })
  readonly startedAt!: Date | null;

  @ApiProperty({ ...TIME, nullable: true, description: 'When it ends at the latest.' })
  readonly expiresAt!: Date | null;

  @ApiProperty({
    type: StepResponse,
    nullable: true,
    description: 'Whatever the person has to do now: scan a QR code, type a code, or what may come.',
  })
  readonly step!: StepResponse | null;

  @ApiProperty({
    type: QrResponse,
    nullable: true,
    description: 'The step, while it is a QR code. Null for callers who may read and not pair.',
  })
  readonly qr!: QrResponse | null;

  @ApiProperty({
    ...PAIRING_CODE,
    description:
      'The value of the step, while it is a code to type. Null for callers who may read and not pair.',
  })
  readonly pairingCode!: string | null;

  @ApiProperty({
    type: FailureResponse,
    nullable: true,
    description:
      'Why the status is `error`; or, of a status `idle`, that WhatsApp did not confirm the logout of an account that was disconnected.',
  })
  readonly error!: FailureResponse | null;
}
