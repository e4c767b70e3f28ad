/** Why a pairing or a link failed. Stable; documented in the OpenAPI document. Clients must accept new ones. */
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

/** What the person in front of the screen can do about it. Clients must accept new ones. */
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

export interface Failure {
  readonly code: FailureCode;
  /** One sentence for the person who reads it. */
  readonly message: string;
  readonly userAction: UserAction;
}
