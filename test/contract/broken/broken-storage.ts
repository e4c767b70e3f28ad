import { Seams } from '../seams.js';

/** A store that does one thing wrong, and the rule that has to notice it. */
export interface BrokenStorage {
  readonly wrong: string;
  readonly caughtBy: string;
  readonly seams: () => Seams;
}

/** Some mistakes have a memory: each store gets its own. */
export function brokenStorage(
  wrong: string,
  caughtBy: string,
  overrides: Partial<Seams> | (() => Partial<Seams>),
): BrokenStorage {
  return {
    wrong,
    caughtBy,
    seams: () => Object.assign(new Seams(), typeof overrides === 'function' ? overrides() : overrides),
  };
}

/** What is right, for a mistake that is only made sometimes. */
export const right = new Seams();
