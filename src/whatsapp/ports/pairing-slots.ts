import type { AccountLease } from './account-leases.js';

export type SlotAnswer = { readonly taken: true } | { readonly taken: false; readonly retryAfterMs: number };

/** How many accounts may pair at the same time. */
export abstract class PairingSlots {
  /**
   * Takes a place for the account, or renews the one it has: a replacement never fails for the limit.
   * @param expiresAtMs `Clock.monotonicMs` at which the session ends at the latest
   */
  abstract take(lease: Pick<AccountLease, 'accountId'>, expiresAtMs: number): Promise<SlotAnswer>;
  /** Freeing twice, or a place that was never taken, does nothing. */
  abstract free(lease: Pick<AccountLease, 'accountId'>): Promise<void>;
}
