import type { BenchEnvironment } from './setup/bench-environment.js';
import type { Question } from './setup/benchmark.js';
import type { Side } from './sides/side.js';
import { monotonicMs, settle, syncDisk } from './support/clock.js';
import { compare } from './support/result-row.js';
import { measureRounds } from './support/rounds.js';
import { median, rounded } from './support/statistics.js';

const WARM_UPS = 2;
const ROUNDS = 20;
const SETTLE_MS = 300;
const FIRST = 5;

/**
 * The time from the scan to the open connection, including 515 and the second login. Starts when the simulator gets the
 * command to scan. Both processes report the end on the machine's monotonic clock: the moment at which `GET /status`
 * begins to answer `connected`, and Baileys' `connection: 'open'`. Each device is logged out afterwards.
 */
export const scanToConnected: Question = {
  name: 'scan-to-connected',
  async measure(environment) {
    const [ours, other] = [await environment.service(), await environment.bareBaileys()];
    const took = await measureRounds(
      { warmUps: WARM_UPS, rounds: ROUNDS },
      (round) => scanAndLogOut(environment, ours, round),
      (round) => scanAndLogOut(environment, other, round),
    );
    const [early, late] = [took.other.slice(0, FIRST), took.other.slice(-FIRST)].map(median);
    const { counters } = await environment.simulator.control.state();
    return {
      rows: [compare('scan → connected', took.ours, took.other, 'ms', { atMost: 0.15 })],
      notes: [
        `The other side’s first ${FIRST} rounds took ${rounded(early ?? 0)} ms, its last ${rounded(late ?? 0)} ms (AsyncLocalStorage).`,
        `Pre-keys uploaded per login: ${rounded(counters.preKeysStored / counters.pairs)}; uploaded under a used id: ${counters.preKeysReused}.`,
      ],
    };
  },
};

async function scanAndLogOut(environment: BenchEnvironment, side: Side, round: number): Promise<number> {
  const account = `round${round}`;
  const { qr } = await side.pair(account);
  // A worker thread creates pre-keys while the code is on the screen; no user scans within a tenth of a second.
  await syncDisk();
  await settle(SETTLE_MS);
  const begun = monotonicMs();
  const [connectedAt] = await Promise.all([side.connectedAt(account), environment.scan(qr)]);
  await settle(SETTLE_MS);
  await side.logOut(account);
  return connectedAt - begun;
}
