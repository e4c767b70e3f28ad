import type { AccountId } from '../../domain/account-id.js';

/** How many accounts of which nothing is known any more keep their place in the count of their events. */
const REMEMBERED = 10_000;

/**
 * The counts of accounts of which nothing is known any more, so that each goes on where it was. Bounded: an account that was
 * forgotten here, too, goes on with a number that it cannot have had.
 */
export class RetiredSequences {
  private readonly latest = new Map<AccountId, number>();
  private highestForgotten = 0;

  constructor(private readonly remembered = REMEMBERED) {}

  of(accountId: AccountId): number {
    return this.latest.get(accountId) ?? this.highestForgotten;
  }

  keep(accountId: AccountId, sequence: number): void {
    this.latest.set(accountId, sequence);
    if (this.latest.size <= this.remembered) return;
    const [oldest] = this.latest;
    if (!oldest) return;
    this.latest.delete(oldest[0]);
    this.highestForgotten = Math.max(this.highestForgotten, oldest[1]);
  }

  /** Something is known of the account again, and its count with it. */
  drop(accountId: AccountId): void {
    this.latest.delete(accountId);
  }
}
