import type { AccountId } from '../whatsapp/domain/account-id.js';
import { DomainError } from '../whatsapp/domain/errors.js';
import { AccountOwnership, type Hold } from '../whatsapp/ports/account-ownership.js';

/** The only process there is: it stands behind the store's exclusive lock, so `lost` never fires. */
export class SoleAccountOwnership extends AccountOwnership {
  readonly #holds = new Map<AccountId, Hold>();
  #epoch = 0;
  #stopped = false;

  acquire(accountId: AccountId): Promise<Hold> {
    if (this.#stopped) {
      return Promise.reject(new DomainError('shutting_down', 'The service is shutting down.'));
    }
    if (this.#holds.has(accountId)) {
      return Promise.reject(new Error('the account is already held: a release was forgotten'));
    }
    // A signal of its own: listeners on a shared one would pile up.
    const hold = { accountId, epoch: ++this.#epoch, lost: new AbortController().signal };
    this.#holds.set(accountId, hold);
    return Promise.resolve(hold);
  }

  held(accountId: AccountId): Hold | undefined {
    return this.#holds.get(accountId);
  }

  adopt(linked: readonly AccountId[], offer: (accountId: AccountId) => void): void {
    queueMicrotask(() => {
      for (const accountId of linked) if (!this.#stopped && !this.#holds.has(accountId)) offer(accountId);
    });
  }

  release(hold: Hold): Promise<void> {
    if (this.#holds.get(hold.accountId) === hold) this.#holds.delete(hold.accountId);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return Promise.resolve();
  }
}
