import type { TestEnvironment } from '../../support/processes/test-environment.js';
import type { AccountPool } from './account-pool.js';
import type { Measurement } from './resource-measurements.js';
import type { Soak } from './soak.js';
import type { ExpectedState } from './expected-state.js';

const EXPECTED_STATES: readonly ExpectedState['is'][] = [
  'linked',
  'parked',
  'failed',
  'unconfirmed',
  'unlinked',
];

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

function expectedStates(pool: AccountPool): string {
  return EXPECTED_STATES.map((standing) => `${pool.count(standing)} ${standing}`).join(', ');
}

/** Prints the current state; called once a minute. */
export async function printLine(
  sinceMs: number,
  soak: Soak,
  pool: AccountPool,
  setup: TestEnvironment,
  { live, heapBytes, sockets, timers }: Measurement,
): Promise<void> {
  const { counters } = await setup.simulator.control.state();
  console.log(
    [
      `${(sinceMs / 60_000).toFixed(1)} min`,
      `${soak.actions} actions (${soak.runningCount} running)`,
      `${live} live`,
      expectedStates(pool),
      `${counters.logins} logins`,
      `${counters.takeovers} takeovers`,
      `heap ${mib(heapBytes)}`,
      `${sockets} sockets`,
      `${timers} timers`,
    ].join(' · '),
  );
}

export function printSummary(result: {
  readonly soak: Soak;
  readonly pool: AccountPool;
  readonly begin: Measurement;
  readonly end: Measurement;
  readonly grown: number;
  readonly bytesOfOne: number;
}): void {
  const { soak, pool, begin, end, grown, bytesOfOne } = result;
  const actions = [...soak.counts].sort(([, one], [, other]) => other - one);
  const rows: [string, string | number][] = [
    ['accounts at the end', expectedStates(pool)],
    ['heap at rest, before and after', `${mib(begin.heapBytes)}, ${mib(end.heapBytes)}`],
    ['heap of a live account', mib(bytesOfOne)],
    ['growth of the heap after the warm-up', mib(grown)],
    ['sockets at rest, before and after', `${begin.sockets}, ${end.sockets}`],
    ['timers at rest, before and after', `${begin.timers}, ${end.timers}`],
    ['actions', soak.actions],
    ...actions,
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  console.log(['', ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`), ''].join('\n'));
}
