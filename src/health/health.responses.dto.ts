import { ApiProperty } from '@nestjs/swagger';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import type { AccountCounts } from '../whatsapp/whatsapp-accounts.js';

/** The shapes of the answers, for the OpenAPI document; a test holds them against the running application. */
const UP = { enum: ['up'], example: 'up' } as const;
const TURN = {
  type: 'integer',
  minimum: 0,
  description: 'How long it took, in milliseconds.',
  example: 0,
} as const;
const COUNT = { type: 'integer', minimum: 0, example: 0 } as const;
const NOTHING_DOWN: ApiPropertyOptions = {
  type: 'object',
  description: 'What is down: nothing.',
  maxProperties: 0,
  additionalProperties: true,
  example: {},
};

export class EventLoopHealth {
  @ApiProperty(UP)
  readonly status!: 'up';

  @ApiProperty(TURN)
  readonly responseTime!: number;
}

export class StoreHealth {
  @ApiProperty({ enum: ['up', 'down'], example: 'up' })
  readonly status!: 'up' | 'down';

  @ApiProperty(TURN)
  readonly responseTime!: number;

  @ApiProperty({ required: false, description: 'Why it is down.' })
  readonly message?: string;
}

export class WhatsappHealth implements AccountCounts {
  @ApiProperty({ ...UP, description: 'Always: WhatsApp being away does not make the service unready.' })
  readonly status!: 'up';

  @ApiProperty({ ...COUNT, description: 'Accounts whose credentials are stored.' })
  readonly linked!: number;

  @ApiProperty({ ...COUNT, description: 'Accounts whose connection is open.' })
  readonly connected!: number;

  @ApiProperty({ ...COUNT, description: 'Linked accounts that are down and are being brought back.' })
  readonly reconnecting!: number;

  @ApiProperty({ ...COUNT, description: 'Accounts that are pairing.' })
  readonly pairing!: number;

  @ApiProperty({ ...COUNT, description: 'Accounts with the status `error`: somebody has to act.' })
  readonly failed!: number;
}

export class LiveDetails {
  @ApiProperty({ type: EventLoopHealth })
  readonly eventLoop!: EventLoopHealth;
}

export class ReadyDetails {
  @ApiProperty({ type: StoreHealth })
  readonly store!: StoreHealth;

  @ApiProperty({ type: WhatsappHealth })
  readonly whatsapp!: WhatsappHealth;
}

export class LiveResponse {
  @ApiProperty({ enum: ['ok'], example: 'ok' })
  readonly status!: 'ok';

  @ApiProperty({ type: LiveDetails, description: 'What is up.' })
  readonly info!: LiveDetails;

  @ApiProperty(NOTHING_DOWN)
  readonly error!: object;

  @ApiProperty({ type: LiveDetails, description: 'Everything that was checked.' })
  readonly details!: LiveDetails;
}

export class ReadyResponse {
  @ApiProperty({ enum: ['ok'], example: 'ok' })
  readonly status!: 'ok';

  @ApiProperty({ type: ReadyDetails, description: 'What is up.' })
  readonly info!: ReadyDetails;

  @ApiProperty(NOTHING_DOWN)
  readonly error!: object;

  @ApiProperty({ type: ReadyDetails, description: 'Everything that was checked.' })
  readonly details!: ReadyDetails;
}
