import type { AccountId } from './account-id.js';

export const ACCOUNT_STATES = ['idle', 'pending', 'connected', 'error'] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

/** Exactly the five fields of `GET /status`. */
export interface AccountStatus {
  readonly accountId: AccountId;
  readonly status: AccountState;
  readonly authExists: boolean;
  readonly serviceConnected: boolean;
  readonly servicePhone: string | null;
}
