import type { BenchEnvironment } from './setup/bench-environment.js';
import type { Question } from './setup/benchmark.js';
import { accountNames } from './setup/linked-accounts.js';
import type { OurService } from './sides/our-service.js';
import { settle } from './support/clock.js';
import { type Load, runClosedLoopLoad } from './support/closed-loop-load.js';
import { compare } from './support/result-row.js';
import { measureRounds } from './support/rounds.js';
import { spread } from './support/statistics.js';

const WARM_UPS = 1;
const ROUNDS = 5;
const ACCOUNTS = 10;
const CONNECTIONS = 8;
const WINDOW_MS = 2_500;
const SETTLE_MS = 500;

/**
 * Requests per second while ten accounts pair, from `POST /pair` to connected, in the same process. Ours: `GET /status`
 * of those accounts. The other side: a plain Nest route of the same application that answers a constant, without guard,
 * pipe or lookup. It runs in a second process, in which ten accounts pair as well. The load is a closed loop over
 * keep-alive connections. It costs less than the measured routes.
 */
export const statusUnderLoad: Question = {
  name: 'status-under-load',
  async measure(environment) {
    const ours = await environment.service();
    const other = await environment.service('constant-route.program');
    const loads = await measureRounds(
      { warmUps: WARM_UPS, rounds: ROUNDS },
      (round) => measureUnderLoad(environment, ours, '/api/whatsapp/status', round),
      (round) => measureUnderLoad(environment, other, '/api/constant', round),
    );
    const rates = (side: readonly Load[]): number[] => side.map(({ perSecond }) => perSecond);
    const p99s = (side: readonly Load[]): number[] => side.map(({ p99Ms }) => p99Ms);
    return {
      rows: [
        compare('GET /status while 10 accounts pair', rates(loads.ours), rates(loads.other), 'requests/s', {
          atLeast: 0.7,
        }),
      ],
      notes: [`p99: ${spread(p99s(loads.ours), 'ms')} against ${spread(p99s(loads.other), 'ms')}.`],
    };
  },
};

async function measureUnderLoad(
  environment: BenchEnvironment,
  side: OurService,
  path: string,
  round: number,
): Promise<Load> {
  await settle(SETTLE_MS);
  const accounts = accountNames(ACCOUNTS, `round${round}-`);
  const paths = accounts.map((account) => `${path}?accountId=${account}`);
  const [load] = await Promise.all([
    runClosedLoopLoad(side.url, paths, { connections: CONNECTIONS, windowMs: WINDOW_MS }),
    ...accounts.map(async (account) => {
      const { qr } = await side.pair(account);
      await Promise.all([side.connectedAt(account), environment.scan(qr)]);
    }),
  ]);
  await Promise.all(accounts.map((account) => side.logOut(account)));
  return load;
}
