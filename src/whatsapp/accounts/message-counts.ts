import type { AccountId } from '../domain/account-id.js';
import type { ReceivedMessage } from '../ports/whatsapp.gateway.js';
import { AccountLogger } from './account-logger.js';

/** After this number of unreadable messages in a row, an account counts as unable to read any. */
const UNREADABLE_IN_A_ROW = 5;

interface Counts {
  readonly unreadable: number;
  /** Unreadable messages, without broadcasts, since the last message that was read. */
  readonly inARow: number;
}

const NONE: Counts = { unreadable: 0, inARow: 0 };

/** The numbers of messages that the accounts could not decrypt, since the start of the process. */
export class MessageCounts {
  private readonly counts = new Map<AccountId, Counts>();
  private unreadableOfAll = 0;

  /** The number of unreadable messages of all accounts; it never decreases. */
  get total(): number {
    return this.unreadableOfAll;
  }

  /** The number of unreadable messages of an account. */
  unreadable(accountId: AccountId): number {
    return this.countsOf(accountId).unreadable;
  }

  /**
   * Whether the latest five messages of the account, or more, could not be read. Status updates and newsletters do not
   * count: their keys can be missing while everything else can be read.
   */
  readsNothing(accountId: AccountId): boolean {
    return this.countsOf(accountId).inARow >= UNREADABLE_IN_A_ROW;
  }

  /** Counts a message. @returns whether the result of `readsNothing` changed */
  count(accountId: AccountId, { isReadable, isBroadcast }: ReceivedMessage): boolean {
    const before = this.countsOf(accountId);
    if (isReadable) {
      if (before.inARow > 0) this.counts.set(accountId, { ...before, inARow: 0 });
      return before.inARow >= UNREADABLE_IN_A_ROW;
    }
    const inARow = before.inARow + (isBroadcast ? 0 : 1);
    this.counts.set(accountId, { unreadable: before.unreadable + 1, inARow });
    this.unreadableOfAll += 1;
    const isReached = inARow === UNREADABLE_IN_A_ROW && before.inARow < inARow;
    if (isReached) {
      new AccountLogger(accountId, undefined, 'WhatsappAccounts').warn(
        'no message of the account can be read; if this continues, disconnect the account and pair it again',
        { unreadableMessages: before.unreadable + 1 },
      );
    }
    return isReached;
  }

  forget(accountId: AccountId): void {
    this.counts.delete(accountId);
  }

  private countsOf(accountId: AccountId): Counts {
    return this.counts.get(accountId) ?? NONE;
  }
}
