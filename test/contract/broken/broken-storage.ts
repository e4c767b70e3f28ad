import { ReplaceableSteps } from '../replaceable-steps.js';

/** A store with one fault, and the rule that must detect it. */
export interface BrokenStorage {
  readonly wrong: string;
  readonly caughtBy: string;
  readonly steps: () => ReplaceableSteps;
}

/** @param overrides the faulty steps; a function makes new ones for each store, for a fault with a state of its own */
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

/** The correct steps, for a fault that occurs only sometimes. */
export const right = new ReplaceableSteps();
