import type { AccountId } from '../../whatsapp/domain/account-id.js';
import type { Identity } from '../access/identity.js';

/** What can be done that changes something. */
export const AUDITED_ACTIONS = [
  'pair',
  'stop',
  'disconnect',
  'create_link',
  'revoke_link',
  'create_key',
  'revoke_key',
] as const;
export type AuditedAction = (typeof AUDITED_ACTIONS)[number];

/** Who wants to do what, to what, from where. */
export interface AuditedCall {
  readonly at: Date;
  readonly by: Identity;
  readonly action: AuditedAction;
  /** Null: the action is about no account. */
  readonly accountId: AccountId | null;
  /** Id of the key or link that it is about; null: none. */
  readonly subject: string | null;
  /** Address that the request came from; null: from this machine, by a command. */
  readonly address: string | null;
}

export interface AuditEntry extends AuditedCall {
  /** Grows with every entry; never used again. */
  readonly number: number;
  /** How it went; null: it has not ended, or the service ended before it did. */
  readonly result: AuditResult | null;
}

/** `ok`, or the code of the error with which it was refused or failed. */
export type AuditResult = string;

export interface AuditPage {
  /** Only entries with a smaller number: older ones. Null: from the latest on. */
  readonly before: number | null;
  readonly limit: number;
  readonly accountId: AccountId | null;
}

/** Where the audit trail is kept. What stands there is not changed, but for the result that an entry waits for. */
export abstract class AuditTrailStore {
  /** @returns the entry's number. Durable when it resolves. */
  abstract append(call: AuditedCall): Promise<number>;
  /**
   * The first result stays.
   * @param subject what the call was about after all, for an entry that was begun without; null: nothing
   */
  abstract complete(number: number, result: AuditResult, subject: string | null): Promise<void>;
  /** The latest first. */
  abstract list(page: AuditPage): Promise<readonly AuditEntry[]>;
  /** Deletes what is older than this moment. */
  abstract forgetBefore(at: Date): Promise<void>;
}
