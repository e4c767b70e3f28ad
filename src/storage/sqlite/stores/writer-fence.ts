import { AttemptOver } from '../../../whatsapp/domain/errors.js';
import type { AccountLease } from '../../../whatsapp/ports/account-leases.js';

/** The right of one writer to write. The fence ends it; the writer checks it before every call. */
export interface WriterToken {
  over: boolean;
}

/** The number of remembered accounts, far more than can be active at once. Only ended writers are forgotten. */
const REMEMBERED_ACCOUNTS = 10_000;

/** Allows one writer per account: the latest one of the newest lease. Every earlier writer is over. */
export class WriterFence {
  private readonly newest = new Map<string, { readonly epoch: number; readonly token: WriterToken }>();

  /** @throws AttemptOver when the lease is lost or a newer lease has already opened a writer */
  enter({ accountId, epoch, lost }: AccountLease): WriterToken {
    const before = this.newest.get(accountId);
    if (lost.aborted || (before && before.epoch > epoch)) throw new AttemptOver();
    if (before) before.token.over = true;
    const token = { over: false };
    this.newest.delete(accountId);
    this.newest.set(accountId, { epoch, token });
    if (this.newest.size > REMEMBERED_ACCOUNTS) this.forgetOldest();
    return token;
  }

  private forgetOldest(): void {
    for (const [accountId, { token }] of this.newest) {
      if (!token.over) continue;
      this.newest.delete(accountId);
      return;
    }
  }
}
