import { Injectable } from '@nestjs/common';
import PQueue from 'p-queue';
import type { AccountId } from '../domain/account-id.js';
import { CoreError } from '../domain/errors.js';

/** The maximum number of calls that wait behind the running one. */
const MAX_WAITING = 16;

/**
 * Runs the calls for one account one after another, in order of arrival. Different accounts do not wait for each other.
 */
@Injectable()
export class AccountQueue {
  private readonly queues = new Map<AccountId, PQueue>();

  /** Runs a call of a client. @throws DomainError `busy` when too many calls are waiting */
  async run<T>(accountId: AccountId, call: () => Promise<T>): Promise<T> {
    if ((this.queues.get(accountId)?.size ?? 0) >= MAX_WAITING) {
      throw new CoreError('busy', 'Too many calls for this account are waiting. Try again in a moment.');
    }
    return this.runAlways(accountId, call);
  }

  /** Runs a call without the limit. For calls of the service itself, which no client can repeat. */
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
