import { ApiPropertyOptional } from '@nestjs/swagger';
import type { AccountId } from '../../domain/account-id.js';
import { ACCOUNT_ID_SCHEMA, IsAccountId } from './validators.js';

export const ONE_OR_ALL = {
  description:
    'The account whose events are sent. Case-sensitive; absent means all accounts that the caller may access (not `default`).',
  schema: ACCOUNT_ID_SCHEMA,
} as const;

export const LAST_EVENT_ID = {
  description:
    'The `id` of the last message that the client received; `EventSource` sends it when it reconnects. The messages after it follow without a gap. When they are no longer stored, or the id is invalid, the first message is a snapshot.',
  schema: { type: 'string' },
} as const;

/** The parameters of the event stream. */
export class EventsRequest {
  @ApiPropertyOptional({ ...ONE_OR_ALL.schema, description: ONE_OR_ALL.description, example: 'sales' })
  @IsAccountId()
  readonly accountId?: AccountId;
}
