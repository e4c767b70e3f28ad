import { describe, expect, it } from '@jest/globals';
import { RetiredSequences } from './retired-sequences.js';
import { accountId } from '../../domain/account-id.js';

const [a, b, c, d] = [accountId('a'), accountId('b'), accountId('c'), accountId('d')];

describe('RetiredSequences', () => {
  it('a retired sequence continues at its last number, and an unknown account begins at 0', () => {
    const retired = new RetiredSequences(2);
    retired.keep(a, 7);
    retired.keep(b, 3);
    expect([a, b, c].map((id) => retired.of(id))).toEqual([7, 3, 0]);
  });

  it('a sequence never decreases: an account that is not remembered continues above all dropped ones', () => {
    const retired = new RetiredSequences(2);
    retired.keep(a, 7);
    retired.keep(b, 3);
    retired.keep(c, 1);
    expect([a, b, c, d].map((id) => retired.of(id))).toEqual([7, 3, 1, 7]);
    retired.keep(d, 2);
    expect([a, b, c, d].map((id) => retired.of(id))).toEqual([7, 7, 1, 2]);
  });

  it('an account that has state again makes room for another retired one', () => {
    const retired = new RetiredSequences(2);
    retired.keep(a, 7);
    retired.keep(b, 3);
    retired.drop(a);
    retired.keep(c, 1);
    expect([b, c, d].map((id) => retired.of(id))).toEqual([3, 1, 0]);
  });
});
