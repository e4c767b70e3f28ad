import type { TestEnvironment } from '../../support/processes/test-environment.js';
import type { AccountPool } from './account-pool.js';
import type { SoakedAccount } from './soaked-account.js';
import type { ExpectedState } from './expected-state.js';

export interface ActionContext {
  readonly account: SoakedAccount;
  readonly pool: AccountPool;
  readonly setup: TestEnvironment;
}

/** Something that can happen to an account, and what it makes of it: when it resolves, `standing` says how it has to be. */
export interface Action {
  readonly name: string;
  /** How often it happens beside the others that can happen to the same account. */
  readonly weight: number;
  readonly states: readonly ExpectedState['is'][];
  readonly run: (context: ActionContext) => Promise<void>;
}
