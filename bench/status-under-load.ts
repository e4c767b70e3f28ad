import type { BenchEnvironment } from './setup/bench-environment.js';
import type { Question } from './setup/benchmark.js';
import type { OurService } from './sides/our-service.js';
import { settle } from './support/clock.js';
import { type Load, runClosedLoopLoad } from './support/closed-loop-load.js';
import { compare } from './support/result-row.js';
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
    const our: Load[] = [];
    const their: Load[] = [];
    for (let round = -WARM_UPS; round < ROUNDS; round++) {
      const status = await measureUnderLoad(environment, ours, '/api/whatsapp/status', round);
      const constant = await measureUnderLoad(environment, other, '/api/constant', round);
      if (round < 0) continue;
      our.push(status);
      their.push(constant);
    }
    const rates = (loads: readonly Load[]): number[] => loads.map(({ perSecond }) => perSecond);
    const p99s = (loads: readonly Load[]): number[] => loads.map(({ p99Ms }) => p99Ms);
    return {
      rows: [
        compare('GET /status while 10 accounts pair', rates(our), rates(their), 'requests/s', {
          atLeast: 0.7,
        }),
      ],
      notes: [`p99: ${spread(p99s(our), 'ms')} against ${spread(p99s(their), 'ms')}.`],
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
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => `round${round}-${index}`);
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
