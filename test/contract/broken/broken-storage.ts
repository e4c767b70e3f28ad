import { ReplaceableSteps } from '../replaceable-steps.js';

/** A store that does one thing wrong, and the rule that has to notice it. */
export interface BrokenStorage {
  readonly wrong: string;
  readonly caughtBy: string;
  readonly steps: () => ReplaceableSteps;
}

/** Some mistakes have a memory: each store gets its own. */
export function brokenStorage(
  wrong: string,
  caughtBy: string,
  overrides: Partial<ReplaceableSteps> | (() => Partial<ReplaceableSteps>),
): BrokenStorage {
  return {
    wrong,
    caughtBy,
    steps: () =>
      Object.assign(new ReplaceableSteps(), typeof overrides === 'function' ? overrides() : overrides),
  };
}

/** What is right, for a mistake that is only made sometimes. */
export const right = new ReplaceableSteps();
