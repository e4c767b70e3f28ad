/**
 * The reasons why a pairing or a link failed. Stable, and listed in the OpenAPI document. Clients must accept unknown
 * codes.
 */
export const FAILURE_CODES = [
  'qr_expired',
  'code_expired',
  'code_refused',
  'wrong_number',
  'passkey_required',
  'timed_out',
  'unreachable',
  'refused',
  'client_outdated',
  'server_untrusted',
  'server_error',
  'stanza_too_large',
  'connection_lost',
  'pairing_rejected',
  'pairing_forged',
  'storage_failed',
  'session_start_failed',
  'auth_state_corrupt',
  'unlinked_by_phone',
  'temporarily_banned',
  'account_locked',
  'account_banned',
  'multi_device_missing',
  'replaced',
  'logout_unconfirmed',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** The user's next action after a failure. Clients must accept unknown actions. */
export const USER_ACTIONS = [
  'scan_again',
  'pair_again',
  'check_number',
  'use_another_account',
  'retry_later',
  'update_service',
  'remove_on_phone',
  'contact_operator',
  'none',
] as const;
export type UserAction = (typeof USER_ACTIONS)[number];

/** A reason with its text for people and the user's next action. */
export interface Failure {
  readonly code: FailureCode;
  /** A text for the user: what happened, then what to do. May change between versions. */
  readonly message: string;
  readonly userAction: UserAction;
}
