import fc from 'fast-check';

/** What can happen to an account: calls, what the phone does, and what happens on the way. */
export const ACTIONS = [
  'pair',
  'pair by number',
  'pair by number, and type',
  'pair, its number expected',
  'pair, another number expected',
  'scan',
  'type',
  'type another code',
  'type the code before',
  'stop',
  'disconnect',
  'cut',
  'restart',
  'server error',
  'remove',
] as const;
export type Action = (typeof ACTIONS)[number];

export interface Step {
  /** Index of the account. */
  readonly account: number;
  readonly action: Action;
  /** What the next step waits for: that this one is under way, or that everything so far has been answered. */
  readonly then: 'go on' | 'wait for all';
}

const WEIGHTS: Readonly<Record<Action, number>> = {
  pair: 5,
  'pair by number': 2,
  'pair by number, and type': 4,
  'pair, its number expected': 1,
  'pair, another number expected': 2,
  scan: 6,
  type: 5,
  'type another code': 2,
  'type the code before': 2,
  stop: 3,
  disconnect: 3,
  cut: 2,
  restart: 1,
  'server error': 1,
  remove: 1,
};

/** @param accounts how many accounts take part */
export function anyRun(accounts: number): fc.Arbitrary<Step[]> {
  const step = fc.record({
    account: fc.nat(accounts - 1),
    action: fc.oneof(
      ...ACTIONS.map((action) => ({ weight: WEIGHTS[action], arbitrary: fc.constant(action) })),
    ),
    then: fc.oneof(
      { weight: 3, arbitrary: fc.constant('go on' as const) },
      { weight: 1, arbitrary: fc.constant('wait for all' as const) },
    ),
  });
  return fc.array(step, { minLength: 10, maxLength: 40, size: 'max' });
}
