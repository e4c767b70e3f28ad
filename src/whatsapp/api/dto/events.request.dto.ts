import { ApiPropertyOptional } from '@nestjs/swagger';
import type { AccountId } from '../../domain/account-id.js';
import { ACCOUNT_ID_SCHEMA, IsAccountId } from './validators.js';

export const ONE_OR_ALL = {
  description:
    'Only events of this account. Case-sensitive; absent means all accounts that the caller may use (not `default`).',
  schema: ACCOUNT_ID_SCHEMA,
} as const;

export const LAST_EVENT_ID = {
  description:
    'The `id` of the last message that the client has, as `EventSource` sends it when it comes back: what has happened since then follows, without a gap. When that is no longer known, and for anything that is no such id, the first message is a snapshot.',
  schema: { type: 'string' },
} as const;

/** Whose events. */
export class EventsRequest {
  @ApiPropertyOptional({ ...ONE_OR_ALL.schema, description: ONE_OR_ALL.description, example: 'sales' })
  @IsAccountId()
  readonly accountId?: AccountId;
}
