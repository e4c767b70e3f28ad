import type { TestEnvironment } from '../../support/processes/test-environment.js';
import type { AccountPool } from './account-pool.js';
import type { SoakedAccount } from './soaked-account.js';
import type { ExpectedState } from './expected-state.js';

export interface ActionContext {
  readonly account: SoakedAccount;
  readonly pool: AccountPool;
  readonly setup: TestEnvironment;
}

/** An action on an account. When `run` resolves, `account.expected` is the state that the account must have. */
export interface Action {
  readonly name: string;
  /** Relative frequency among the actions that are possible in the same state. */
  readonly weight: number;
  readonly states: readonly ExpectedState['is'][];
  readonly run: (context: ActionContext) => Promise<void>;
}
