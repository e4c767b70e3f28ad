import type { AccountId } from '../../whatsapp/domain/account-id.js';
import type { Identity } from '../access/identity.js';

/** Every action that changes something. */
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

/** A call that is about to change something: caller, action, target and address. */
export interface AuditedCall {
  readonly at: Date;
  readonly by: Identity;
  readonly action: AuditedAction;
  /** Null: the action concerns no account. */
  readonly accountId: AccountId | null;
  /** Id of the key or link that the action concerns; null: none. */
  readonly subject: string | null;
  /** Address of the client; null: a command on this machine. */
  readonly address: string | null;
}

export interface AuditEntry extends AuditedCall {
  /** Increases with every entry; never reused. */
  readonly number: number;
  /** Null: the call is still running, or the process ended before the call did. */
  readonly result: AuditResult | null;
}

/** `ok`, or the code of the error. */
export type AuditResult = string;

export interface AuditPage {
  /** Only entries with a smaller number, which are older. Null: starts with the latest entry. */
  readonly before: number | null;
  readonly limit: number;
  readonly accountId: AccountId | null;
}

/** Store of the audit trail. Entries do not change, except that a pending result is added. */
export abstract class AuditTrailStore {
  /** Appends an entry, durable when the promise resolves. @returns the entry's number */
  abstract append(call: AuditedCall): Promise<number>;
  /**
   * Adds the result. An entry that has a result keeps it.
   * @param subject the subject, for an entry that was appended without one; null: none
   */
  abstract complete(number: number, result: AuditResult, subject: string | null): Promise<void>;
  /** Lists entries, latest first. */
  abstract list(page: AuditPage): Promise<readonly AuditEntry[]>;
  /** Deletes entries that are older than this time. */
  abstract forgetBefore(at: Date): Promise<void>;
}
