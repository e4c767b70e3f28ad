import type { World } from '../../support/processes/world.js';
import type { Crowd } from './crowd.js';
import type { SoakedAccount } from './soaked-account.js';
import type { Standing } from './standing.js';

export interface Scene {
  readonly account: SoakedAccount;
  readonly crowd: Crowd;
  readonly world: World;
}

/** Something that can happen to an account, and what it makes of it: when it resolves, `standing` says how it has to be. */
export interface Deed {
  readonly name: string;
  /** How often it happens beside the others that can happen to the same account. */
  readonly weight: number;
  readonly to: readonly Standing['is'][];
  readonly happen: (scene: Scene) => Promise<void>;
}
