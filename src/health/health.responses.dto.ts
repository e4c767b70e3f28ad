import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import type { AccountCounts } from '../whatsapp/whatsapp-accounts.js';

/* The answers of the health routes, for the OpenAPI document. A test compares them with the running application. */

const UP = { enum: ['up'], example: 'up' } as const;
const RESPONSE_TIME = {
  type: 'integer',
  minimum: 0,
  description: 'Duration of the check in milliseconds.',
  example: 0,
} as const;
const COUNT = { type: 'integer', minimum: 0, example: 0 } as const;
const NOTHING_DOWN: ApiPropertyOptions = {
  type: 'object',
  description: 'Empty, because nothing is down.',
  maxProperties: 0,
  additionalProperties: true,
  example: {},
};

export class EventLoopHealth {
  @ApiProperty(UP)
  readonly status!: 'up';

  @ApiProperty(RESPONSE_TIME)
  readonly responseTime!: number;
}

export class StoreHealth {
  @ApiProperty({ enum: ['up', 'down'], example: 'up' })
  readonly status!: 'up' | 'down';

  @ApiProperty(RESPONSE_TIME)
  readonly responseTime!: number;

  @ApiProperty({ required: false, description: 'Why the store is down.' })
  readonly message?: string;
}

export class WhatsappHealth implements AccountCounts {
  @ApiProperty({ ...UP, description: 'Always `up`: WhatsApp does not affect readiness.' })
  readonly status!: 'up';

  @ApiProperty({ ...COUNT, description: 'Accounts whose credentials are stored.' })
  readonly linked!: number;

  @ApiProperty({ ...COUNT, description: 'Accounts whose connection is open.' })
  readonly connected!: number;

  @ApiProperty({ ...COUNT, description: 'Linked accounts that are down; the service reconnects them.' })
  readonly reconnecting!: number;

  @ApiProperty({ ...COUNT, description: 'Accounts that are pairing.' })
  readonly pairing!: number;

  @ApiProperty({
    ...COUNT,
    description: 'Accounts with the status `error`: the user or the operator has to act.',
  })
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

  @ApiProperty({ type: LiveDetails, description: 'The checks that succeeded.' })
  readonly info!: LiveDetails;

  @ApiProperty(NOTHING_DOWN)
  readonly error!: object;

  @ApiProperty({ type: LiveDetails, description: 'Everything that was checked.' })
  readonly details!: LiveDetails;
}

export class ReadyResponse {
  @ApiProperty({ enum: ['ok'], example: 'ok' })
  readonly status!: 'ok';

  @ApiProperty({ type: ReadyDetails, description: 'The checks that succeeded.' })
  readonly info!: ReadyDetails;

  @ApiProperty(NOTHING_DOWN)
  readonly error!: object;

  @ApiProperty({ type: ReadyDetails, description: 'Everything that was checked.' })
  readonly details!: ReadyDetails;
}
