import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Matches, ValidateIf } from 'class-validator';
import { ACCOUNT_ID_PATTERN } from '../domain/account-id.js';
import type { AccountId } from '../domain/account-id.js';

const RULE = 'accountId must be a text of 1 to 64 letters, digits, "_" or "-".';

export const ONE_OR_ALL = {
  description:
    'Only events of this account. Case-sensitive; absent means all accounts that the caller may use (not `default`).',
  schema: { type: 'string', pattern: ACCOUNT_ID_PATTERN.source, minLength: 1, maxLength: 64 },
} as const;

export const LAST_EVENT_ID = {
  description:
    'The `id` of the last message that the client has, as `EventSource` sends it when it comes back: what has happened since then follows, without a gap. When that is no longer known, and for anything that is no such id, the first message is a snapshot.',
  schema: { type: 'string' },
} as const;

/** Whose events. */
export class EventsRequest {
  @ApiPropertyOptional({ ...ONE_OR_ALL.schema, description: ONE_OR_ALL.description, example: 'sales' })
  // Not IsOptional: that would let null pass.
  @ValidateIf((_, value) => value !== undefined)
  @IsString({ message: RULE })
  @Matches(ACCOUNT_ID_PATTERN, { message: RULE })
  readonly accountId?: AccountId;
}
