import { expect, it } from '@jest/globals';
import { broken, type Rule, unbroken } from './rule.js';

/** A store with one fault, and the rule that must detect it. */
interface Faulty {
  readonly wrong: string;
  readonly caughtBy: string;
}

/** Proves a contract: the correct store follows every rule, and each rule detects at least one broken store. */
export function itDetectsFaults<Subject, Broken extends Faulty>(
  rules: readonly Rule<Subject>[],
  stores: readonly Broken[],
  subjectOf: (store?: Broken) => Promise<Subject>,
): void {
  it('the store that the broken stores derive from follows every rule', async () => {
    expect(await broken(rules, () => subjectOf())).toEqual([]);
  });

  it.each(stores)('a store that $wrong breaks the rule: $caughtBy', async (store) => {
    expect(await broken(rules, () => subjectOf(store))).toContain(store.caughtBy);
  });

  it('every rule is broken by at least one store', () => {
    expect(unbroken(rules, stores)).toEqual([]);
  });
}
