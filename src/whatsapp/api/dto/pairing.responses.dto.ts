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

/*
 * The schemas of the pairing answers for the OpenAPI document. A test validates the running application against them.
 */

const ACCOUNT_ID = { description: 'The account of the answer.', example: 'default' } as const;
const PAIRING_CODE = { type: String, nullable: true, pattern: '^[0-9A-Z]{4}-[0-9A-Z]{4}$' } as const;
const TIME = { type: String, format: 'date-time' } as const;
/** A code in WhatsApp's format, with placeholders instead of its secrets. */
const QR_TEXT = 'https://wa.me/settings/linked_devices#2@REFERENCE,NOISE_KEY,IDENTITY_KEY,ADV_SECRET,1';

export class DisconnectResponse {
  @ApiProperty({ enum: [true] })
  readonly ok!: true;

  @ApiProperty(ACCOUNT_ID)
  readonly accountId!: string;
}

export class PairResponse extends DisconnectResponse {
  @ApiProperty({
    enum: ['pending', 'connected'],
    description: '`connected`: the account is connected already, and no session was started.',
    example: 'pending',
  })
  readonly status!: 'pending' | 'connected';

  @ApiProperty({
    ...PAIRING_CODE,
    required: false,
    description:
      'Present only when `phoneNumber` was given: the code to type on the phone. Null when WhatsApp does not accept a code within 10 s (`GET /pair` and the events then have it later), and when the account is `connected`. A secret.',
    example: 'ABCD-EFGH',
  })
  readonly pairingCode?: string | null;
}

export class StopResponse extends DisconnectResponse {
  @ApiProperty({ enum: ['idle'], description: 'Always `idle`; `GET /status` has the status of the account.' })
  readonly status!: 'idle';
}

export class StatusResponse implements AccountStatus {
  @ApiProperty({ ...ACCOUNT_ID, type: String })
  readonly accountId!: AccountId;

  @ApiProperty({ enum: ACCOUNT_STATES, example: 'idle' })
  readonly status!: AccountState;

  @ApiProperty({ description: 'Whether credentials that WhatsApp accepted are stored.', example: false })
  readonly authExists!: boolean;

  @ApiProperty({
    description: 'Whether the connection is open: true exactly when `status` is `connected`.',
    example: false,
  })
  readonly serviceConnected!: boolean;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The linked number as WhatsApp writes it (digits, no `+`); null while not connected.',
    example: null,
  })
  readonly servicePhone!: string | null;
}

class ShownResponse implements Omit<PairingStep, 'type' | 'value'> {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'Increases with every code of a session.',
    example: 1,
  })
  readonly sequence!: number;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'The number of codes of this socket, shown one after another.',
    example: 6,
  })
  readonly of!: number;

  @ApiProperty({ ...TIME, description: 'When this code expires.', example: '2026-01-01T12:01:00.000Z' })
  readonly expiresAt!: Date;
}

export class QrResponse extends ShownResponse implements Omit<PairingStep, 'type'> {
  @ApiProperty({
    description: 'The text of the QR code. A secret: the phone that scans it is linked to the account.',
    example: QR_TEXT,
  })
  readonly value!: string;
}

export class StepResponse extends ShownResponse implements Omit<PairingStep, 'value'> {
  @ApiProperty({
    type: String,
    description: `The user's next action. Clients must ignore unknown types. One of: ${STEP_TYPES.map((type) => `\`${type}\``).join(', ')}.`,
    example: 'qr',
  })
  readonly type!: StepType;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The text of the QR code, or the code to type. A secret: the phone that uses it is linked to the account. Null for callers that may read but not pair.',
    example: QR_TEXT,
  })
  readonly value!: string | null;
}

export class FailureResponse implements Failure {
  @ApiProperty({
    type: String,
    description: `Stable. Clients must accept unknown codes. One of: ${FAILURE_CODES.map((code) => `\`${code}\``).join(', ')}.`,
    example: 'qr_expired',
  })
  readonly code!: FailureCode;

  @ApiProperty({
    description: 'A text for the user: what happened, then what to do.',
    example: 'No phone scanned the QR code in time. Start again for a new code.',
  })
  readonly message!: string;

  @ApiProperty({
    type: String,
    description: `The user's next action. Clients must accept unknown actions. One of: ${USER_ACTIONS.map((action) => `\`${action}\``).join(', ')}.`,
    example: 'scan_again',
  })
  readonly userAction!: UserAction;
}

export class PairingResponse implements Omit<PairingView, 'step'> {
  @ApiProperty({ ...ACCOUNT_ID, type: String })
  readonly accountId!: AccountId;

  @ApiProperty({ enum: ACCOUNT_STATES, example: 'pending' })
  readonly status!: AccountState;

  @ApiProperty({
    ...TIME,
    nullable: true,
    description: 'When the pairing session started.',
    example: '2026-01-01T12:00:00.000Z',
  })
  readonly startedAt!: Date | null;

  @ApiProperty({
    ...TIME,
    nullable: true,
    description: 'When the pairing session ends at the latest.',
    example: '2026-01-01T12:05:00.000Z',
  })
  readonly expiresAt!: Date | null;

  @ApiProperty({
    type: StepResponse,
    nullable: true,
    description:
      "The user's next action, such as to scan a QR code or to type a code; null while there is none.",
  })
  readonly step!: StepResponse | null;

  @ApiProperty({
    type: QrResponse,
    nullable: true,
    description: 'The step, when it is a QR code. Null for callers that may read but not pair.',
  })
  readonly qr!: QrResponse | null;

  @ApiProperty({
    ...PAIRING_CODE,
    description:
      'The value of the step, when it is a code to type. Null for callers that may read but not pair.',
    example: null,
  })
  readonly pairingCode!: string | null;

  @ApiProperty({
    type: FailureResponse,
    nullable: true,
    description:
      'Why the status is `error`. With the status `idle`: `logout_unconfirmed`, when WhatsApp did not confirm the logout of a disconnected account.',
    example: null,
  })
  readonly error!: FailureResponse | null;
}
