import { Injectable } from '@nestjs/common';
import PQueue from 'p-queue';
import type { AccountId } from '../domain/account-id.js';
import { CoreError } from '../domain/errors.js';

/** How many calls may wait behind the one that is being carried out. */
const MAX_WAITING = 16;

/** Calls for one account take effect one after another, in order of arrival; different accounts do not wait for each other. */
@Injectable()
export class AccountQueue {
  private readonly queues = new Map<AccountId, PQueue>();

  /** A call of a client. @throws DomainError `busy` when too many wait already */
  async run<T>(accountId: AccountId, call: () => Promise<T>): Promise<T> {
    if ((this.queues.get(accountId)?.size ?? 0) >= MAX_WAITING) {
      throw new CoreError('busy', 'Too many calls for this account are waiting; try again in a moment.');
    }
    return this.runAlways(accountId, call);
  }

  /** A step of our own, which nobody could repeat. */
  async runAlways<T>(accountId: AccountId, step: () => Promise<T>): Promise<T> {
    const queue = this.queues.get(accountId) ?? new PQueue({ concurrency: 1 });
    this.queues.set(accountId, queue);
    try {
      return await queue.add(step);
    } finally {
      if (queue.size === 0 && queue.pending === 0) this.queues.delete(accountId);
    }
  }
}
