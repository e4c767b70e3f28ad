import type { World } from '../../support/processes/world.js';
import type { Crowd } from './crowd.js';
import type { Measured } from './gauges.js';
import type { Soak } from './soak.js';
import type { Standing } from './standing.js';

const STANDINGS: readonly Standing['is'][] = ['linked', 'resting', 'failed', 'unconfirmed', 'nobody'];

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

function standings(crowd: Crowd): string {
  return STANDINGS.map((standing) => `${crowd.count(standing)} ${standing}`).join(', ');
}

/** How things stand, once a minute. */
export async function printLine(
  sinceMs: number,
  soak: Soak,
  crowd: Crowd,
  world: World,
  { live, heapBytes, sockets, timers }: Measured,
): Promise<void> {
  const { counters } = await world.simulator.control.state();
  console.log(
    [
      `${(sinceMs / 60_000).toFixed(1)} min`,
      `${soak.deeds} deeds (${soak.atTheMoment} under way)`,
      `${live} live`,
      standings(crowd),
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
  readonly crowd: Crowd;
  readonly begin: Measured;
  readonly end: Measured;
  readonly grown: number;
  readonly bytesOfOne: number;
}): void {
  const { soak, crowd, begin, end, grown, bytesOfOne } = result;
  const deeds = [...soak.done].sort(([, one], [, other]) => other - one);
  const rows: [string, string | number][] = [
    ['accounts at the end', standings(crowd)],
    ['heap at rest, before and after', `${mib(begin.heapBytes)}, ${mib(end.heapBytes)}`],
    ['heap of a live account', mib(bytesOfOne)],
    ['growth of the heap once warm', mib(grown)],
    ['sockets at rest, before and after', `${begin.sockets}, ${end.sockets}`],
    ['timers at rest, before and after', `${begin.timers}, ${end.timers}`],
    ['things that happened', soak.deeds],
    ...deeds,
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  console.log(['', ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`), ''].join('\n'));
}
