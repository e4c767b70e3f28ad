import type { TestEnvironment } from '../../support/processes/test-environment.js';
import { CONVERSATIONS } from './conversations.js';
import type { AccountPool } from './account-pool.js';
import type { Action } from './action.js';
import { DISTURBANCES } from './disturbances.js';
import { ENDINGS } from './endings.js';
import { CODE_PAIRINGS } from './code-pairings.js';
import { link, PAIRINGS } from './pairings.js';
import type { SoakedAccount } from './soaked-account.js';

const ACTIONS: readonly Action[] = [
  ...CONVERSATIONS,
  ...DISTURBANCES,
  ...ENDINGS,
  ...PAIRINGS,
  ...CODE_PAIRINGS,
];
/** The service's limit of simultaneous pairings. */
const MAX_PAIRINGS = 10;

/** Runs random actions on the accounts, many at a time. */
export class Soak {
  /** Number of runs of each action. */
  readonly counts = new Map<string, number>();
  private readonly running = new Set<Promise<void>>();
  private failure: Error | null = null;

  constructor(
    private readonly setup: TestEnvironment,
    private readonly pool: AccountPool,
  ) {}

  get actions(): number {
    return [...this.counts.values()].reduce((sum, times) => sum + times, 0);
  }

  get runningCount(): number {
    return this.running.size;
  }

  async linkAll(): Promise<void> {
    const waiting = [...this.pool.accounts];
    const linkNext = async (): Promise<void> => {
      for (let account = waiting.pop(); account; account = waiting.pop()) {
        await this.withDiagnostics(account, 'link', link({ account, pool: this.pool, setup: this.setup }));
      }
    };
    await Promise.all(Array.from({ length: MAX_PAIRINGS }, linkNext));
  }

  /**
   * Starts a random action on a random account; does nothing while all are busy.
   * @throws the error of an earlier action
   */
  startAction(): void {
    if (this.failure) throw this.failure;
    const { pool, setup } = this;
    const account = pool.acquire();
    if (!account) return;
    const action = this.choose(account);
    this.counts.set(action.name, (this.counts.get(action.name) ?? 0) + 1);
    account.recordAction(action.name);
    const running = this.withDiagnostics(account, action.name, action.run({ account, pool, setup }))
      .catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        pool.release(account);
        this.running.delete(running);
      });
    this.running.add(running);
  }

  /** Waits until all actions have ended. @throws the first error */
  async waitForAll(): Promise<void> {
    await Promise.all(this.running);
    if (this.failure) throw this.failure;
  }

  /** Checks that every account has its expected state, in the service and on the phone. */
  async verify(): Promise<void> {
    await Promise.all(
      this.pool.accounts.map((account) =>
        this.withDiagnostics(account, 'at the end', account.waitForState()),
      ),
    );
    for (const account of this.pool.accounts) {
      await this.withDiagnostics(account, 'at the end, on the phone', account.verifyPhone());
    }
  }

  private choose({ expected }: SoakedAccount): Action {
    const possible = ACTIONS.filter(({ states }) => states.includes(expected.is));
    const weights = possible.reduce((sum, { weight }) => sum + weight, 0);
    let left = (this.pool.random.below(1_000_000) / 1_000_000) * weights;
    const chosen = possible.find(({ weight }) => (left -= weight) < 0) ?? possible.at(-1);
    if (!chosen) throw new Error(`no action is possible in the state ${expected.is}`);
    return chosen;
  }

  private async withDiagnostics(
    account: SoakedAccount,
    action: string,
    happening: Promise<void>,
  ): Promise<void> {
    try {
      await happening;
    } catch (error) {
      const { accountId, phone, recentActions } = account;
      const log = this.setup.service.output.split('\n').filter((line) => line.includes(`${accountId} `));
      const journal = (await this.setup.simulator.control.journal())
        .slice(-40)
        .map(({ at, connectionId, event }) => `${at.slice(17)} ${String(connectionId)} ${event}`);
      const text = [
        `${accountId} (${phone}), ${action}: ${String(error)}`,
        recentActions,
        ...log.slice(-20),
        ...journal,
      ];
      throw new Error(text.join('\n'), { cause: error });
    }
  }
}
