import type { BenchEnvironment } from './setup/bench-environment.js';
import type { Question } from './setup/benchmark.js';
import { accountCount, AT_ONCE, accountNames } from './setup/linked-accounts.js';
import { monotonicMs, settle } from './support/clock.js';
import { forEachConcurrently } from './support/concurrency.js';
import { single } from './support/result-row.js';
import { quantile, rounded } from './support/statistics.js';

const DROPS = 100;
const DROPPED_AT_ONCE = 4;
const SETTLE_MS = 2_000;

/**
 * The time from a broken connection to the next open one. Starts when the simulator gets the command to destroy the TCP
 * connection. Ends when `GET /status` begins to answer `connected` again; the service itself measures that moment, on
 * the machine's monotonic clock. The accounts are linked and connected; each is dropped once, a few at a time. The
 * first pause before a login is random between 0 and 1 s, so that dropped accounts do not reconnect together: half a
 * second of the median comes from it.
 */
export const backAfterDrop: Question = {
  name: 'back-after-drop',
  async measure(environment) {
    const service = await environment.service();
    const phones = new Map<string, string>();
    await forEachConcurrently(AT_ONCE, accountNames(accountCount(DROPS)), async (account) => {
      phones.set(account, await environment.link(service, account));
    });
    await settle(SETTLE_MS);
    const took: number[] = [];
    await forEachConcurrently(DROPPED_AT_ONCE, [...phones], async ([account, phone]) => {
      const [at, begun] = await Promise.all([service.reconnectedAt(account), drop(environment, phone)]);
      took.push(at - begun);
    });
    const { counters } = await environment.simulator.control.state();
    return {
      rows: [single('connection dropped → connected again', took, { atMost: 1_500 })],
      notes: [
        `${took.length} drops of single accounts; p90 ${rounded(quantile(took, 0.9))} ms, longest ${rounded(Math.max(...took))} ms; takeovers: ${counters.takeovers}.`,
      ],
    };
  },
};

/** @returns the time of the command (`monotonicMs`) */
async function drop(environment: BenchEnvironment, phone: string): Promise<number> {
  const begun = monotonicMs();
  const dropped = await environment.simulator.control.act({ type: 'cut' }, { phone });
  if (dropped !== 1) throw new Error(`${dropped} connections were dropped instead of one`);
  return begun;
}
