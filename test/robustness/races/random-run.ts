import fc from 'fast-check';

/** Actions on an account: calls of the API, actions on the phone, and faults of the connection. */
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
  /** Whether the next step starts at once, or when all calls so far are answered. */
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

/** Returns a random run of 10 to 40 steps. @param accounts number of accounts */
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
