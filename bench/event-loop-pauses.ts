import type { BenchEnvironment } from './setup/bench-environment.js';
import type { Question } from './setup/benchmark.js';
import { accountNames } from './setup/linked-accounts.js';
import type { Side } from './sides/side.js';
import { settle } from './support/clock.js';
import { compare } from './support/result-row.js';
import { spread } from './support/statistics.js';

const ROUNDS = 4;
const ACCOUNTS = 10;
/** Time between the codes and the scans. */
const LOOKING_MS = 1_500;
const SETTLE_MS = 500;

/**
 * The longest pause of the event loop (`monitorEventLoopDelay`, every millisecond). Ten accounts get their codes at
 * once. Then ten phones scan at once, until all ten accounts are connected.
 */
export const eventLoopPauses: Question = {
  name: 'event-loop-pauses',
  async measure(environment) {
    const [ours, other] = [await environment.service(), await environment.bareBaileys()];
    const our = { codes: [] as number[], scans: [] as number[] };
    const their = { codes: [] as number[], scans: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const [side, pauses] of [
        [ours, our],
        [other, their],
      ] as const) {
        const { codes, scans } = await pairTen(environment, side, round);
        pauses.codes.push(codes);
        pauses.scans.push(scans);
        await settle(SETTLE_MS);
      }
    }
    const worst = ({ codes, scans }: typeof our): number[] =>
      codes.map((pause, round) => Math.max(pause, scans[round] ?? 0));
    return {
      rows: [
        compare('longest pause, 10 accounts pair at once', worst(our), worst(their), 'ms', { atMost: 0.25 }),
      ],
      notes: [
        `Up to the ten codes: ${spread(our.codes, 'ms')} against ${spread(their.codes, 'ms')}; from the scans on: ${spread(our.scans, 'ms')} against ${spread(their.scans, 'ms')}.`,
      ],
    };
  },
};

async function pairTen(
  environment: BenchEnvironment,
  side: Side,
  round: number,
): Promise<{ codes: number; scans: number }> {
  const accounts = accountNames(ACCOUNTS, `round${round}-`);
  await side.startPauseMonitor();
  const shown = await Promise.all(accounts.map((account) => side.pair(account)));
  const codes = await side.longestPauseMs();
  await settle(LOOKING_MS);
  await side.startPauseMonitor();
  await Promise.all([
    ...accounts.map((account) => side.connectedAt(account)),
    ...shown.map(({ qr }) => environment.scan(qr)),
  ]);
  const scans = await side.longestPauseMs();
  await Promise.all(accounts.map((account) => side.logOut(account)));
  return { codes, scans };
}
