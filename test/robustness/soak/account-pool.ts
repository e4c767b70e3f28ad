import type { Random } from '../../support/requests/random.js';
import type { SoakedAccount } from './soaked-account.js';
import type { ExpectedState } from './expected-state.js';

/** The accounts of a soak test. At most one action runs on each account at a time. */
export class AccountPool {
  private readonly busy = new Set<SoakedAccount>();

  constructor(
    readonly accounts: readonly SoakedAccount[],
    readonly random: Random,
  ) {}

  /** Returns a random account without a running action, or null. The caller has it until `release`. */
  acquire(state?: ExpectedState['is']): SoakedAccount | null {
    const idle = this.accounts.filter(
      (account) => !this.busy.has(account) && (state ?? account.expected.is) === account.expected.is,
    );
    if (idle.length === 0) return null;
    const account = this.random.one(idle);
    this.busy.add(account);
    return account;
  }

  release(account: SoakedAccount): void {
    this.busy.delete(account);
  }

  count(state: ExpectedState['is']): number {
    return this.accounts.filter((account) => account.expected.is === state).length;
  }
}
