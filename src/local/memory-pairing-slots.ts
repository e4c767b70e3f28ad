import type { AccountId } from '../whatsapp/domain/account-id.js';
import type { AccountLease } from '../whatsapp/ports/account-leases.js';
import type { Clock } from '../whatsapp/ports/clock.js';
import { PairingSlots, type SlotAnswer } from '../whatsapp/ports/pairing-slots.js';

/** Takes and answers in one step, so the limit holds under any number of simultaneous calls. */
export class MemoryPairingSlots extends PairingSlots {
  private readonly expiresAtMs = new Map<AccountId, number>();

  constructor(
    private readonly limit: number,
    private readonly clock: Clock,
  ) {
    super();
  }

  take({ accountId }: Pick<AccountLease, 'accountId'>, expiresAtMs: number): Promise<SlotAnswer> {
    if (!this.expiresAtMs.has(accountId) && this.expiresAtMs.size >= this.limit) {
      const retryAfterMs = Math.min(...this.expiresAtMs.values()) - this.clock.monotonicMs();
      return Promise.resolve({ taken: false, retryAfterMs: Math.max(0, retryAfterMs) });
    }
    this.expiresAtMs.set(accountId, expiresAtMs);
    return Promise.resolve({ taken: true });
  }

  free({ accountId }: Pick<AccountLease, 'accountId'>): Promise<void> {
    this.expiresAtMs.delete(accountId);
    return Promise.resolve();
  }
}
