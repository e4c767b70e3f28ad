import type { AccountId } from '../../domain/account-id.js';

/** The number of accounts without state whose last sequence number is remembered. */
const REMEMBERED = 10_000;

/**
 * The last sequence numbers of accounts without state, so that a number is never used twice. Limited in
 * size: an account that was dropped from it continues above the highest dropped number, which it cannot have used.
 */
export class RetiredSequences {
  private readonly latest = new Map<AccountId, number>();
  private highestForgotten = 0;

  constructor(private readonly remembered = REMEMBERED) {}

  /** Returns the number after which the account's next message continues. */
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

  /** The account has state again, and its number is stored with that. */
  drop(accountId: AccountId): void {
    this.latest.delete(accountId);
  }
}
