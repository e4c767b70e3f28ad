import type { AccountId } from '../whatsapp/domain/account-id.js';
import { CoreError } from '../whatsapp/domain/errors.js';
import { AccountLeases, type AccountLease } from '../whatsapp/ports/account-leases.js';

/** Leases for a service of one process. The store's exclusive lock excludes other processes, so `lost` never fires. */
export class LocalAccountLeases extends AccountLeases {
  private readonly leases = new Map<AccountId, AccountLease>();
  private epoch = 0;
  private stopped = false;

  acquire(accountId: AccountId): Promise<AccountLease> {
    if (this.stopped) {
      return Promise.reject(new CoreError('shutting_down', 'The service is shutting down.'));
    }
    if (this.leases.has(accountId)) {
      return Promise.reject(new Error('the account already has a lease, which was not released'));
    }
    // Its own signal: listeners on a shared one would accumulate.
    const lease = { accountId, epoch: ++this.epoch, lost: new AbortController().signal };
    this.leases.set(accountId, lease);
    return Promise.resolve(lease);
  }

  held(accountId: AccountId): AccountLease | undefined {
    return this.leases.get(accountId);
  }

  adopt(linked: readonly AccountId[], offer: (accountId: AccountId) => void): void {
    queueMicrotask(() => {
      for (const accountId of linked) if (!this.stopped && !this.leases.has(accountId)) offer(accountId);
    });
  }

  release(lease: AccountLease): Promise<void> {
    if (this.leases.get(lease.accountId) === lease) this.leases.delete(lease.accountId);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.stopped = true;
    return Promise.resolve();
  }
}
