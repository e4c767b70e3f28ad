import type { AccountLease } from './account-leases.js';

export type SlotAnswer = { readonly taken: true } | { readonly taken: false; readonly retryAfterMs: number };

/** Limits the number of accounts that pair at the same time. */
export abstract class PairingSlots {
  /**
   * Takes a slot for the account, or renews the slot that it has: a replaced pairing never fails because of the limit.
   * @param expiresAtMs the time (`Clock.monotonicMs`) at which the session ends at the latest
   */
  abstract take(lease: Pick<AccountLease, 'accountId'>, expiresAtMs: number): Promise<SlotAnswer>;
  /** Frees the slot of the account. Does nothing when it has none. */
  abstract free(lease: Pick<AccountLease, 'accountId'>): Promise<void>;
}
