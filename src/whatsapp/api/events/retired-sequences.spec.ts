import { describe, expect, it } from '@jest/globals';
import { RetiredSequences } from './retired-sequences.js';
import { accountId } from '../../domain/account-id.js';

const [a, b, c, d] = [accountId('a'), accountId('b'), accountId('c'), accountId('d')];

describe('the counts of accounts of which nothing is known any more', () => {
  it('go on where they were, and begin at 0 for who was never counted', () => {
    const retired = new RetiredSequences(2);
    retired.keep(a, 7);
    retired.keep(b, 3);
    expect([a, b, c].map((id) => retired.of(id))).toEqual([7, 3, 0]);
  });

  it('never go back, also where they are not remembered: who is new begins behind all that are forgotten', () => {
    const retired = new RetiredSequences(2);
    retired.keep(a, 7);
    retired.keep(b, 3);
    retired.keep(c, 1);
    expect([a, b, c, d].map((id) => retired.of(id))).toEqual([7, 3, 1, 7]);
    retired.keep(d, 2);
    expect([a, b, c, d].map((id) => retired.of(id))).toEqual([7, 7, 1, 2]);
  });

  it('make room when something is known of an account again', () => {
    const retired = new RetiredSequences(2);
    retired.keep(a, 7);
    retired.keep(b, 3);
    retired.drop(a);
    retired.keep(c, 1);
    expect([b, c, d].map((id) => retired.of(id))).toEqual([3, 1, 0]);
  });
});
