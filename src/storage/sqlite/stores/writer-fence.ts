import { AttemptOver } from '../../../whatsapp/domain/errors.js';
import type { AccountLease } from '../../../whatsapp/ports/account-leases.js';

/** What a writer shows before every call. */
export interface WriterToken {
  over: boolean;
}

/** So many accounts are remembered; far more than can be active at once, so what is forgotten is long over. */
const REMEMBERED_ACCOUNTS = 10_000;

/** At most one writer per account: the latest one of the newest hold. Whoever comes before it is over. */
export class WriterFence {
  private readonly newest = new Map<string, { readonly epoch: number; readonly token: WriterToken }>();

  /** @throws AttemptOver when a newer hold has already opened a writer */
  enter({ accountId, epoch, lost }: AccountLease): WriterToken {
    const before = this.newest.get(accountId);
    if (lost.aborted || (before && before.epoch > epoch)) throw new AttemptOver();
    if (before) before.token.over = true;
    const pass = { over: false };
    this.newest.delete(accountId);
    this.newest.set(accountId, { epoch, token: pass });
    if (this.newest.size > REMEMBERED_ACCOUNTS) this.forgetOldest();
    return pass;
  }

  private forgetOldest(): void {
    for (const [accountId, { token }] of this.newest) {
      if (!token.over) continue;
      this.newest.delete(accountId);
      return;
    }
  }
}
