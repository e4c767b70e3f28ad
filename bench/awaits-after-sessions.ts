import type { BenchEnvironment } from './setup/bench-environment.js';
import type { Question } from './setup/benchmark.js';
import { accountNames } from './setup/linked-accounts.js';
import type { Side } from './sides/side.js';
import { forEachConcurrently } from './support/concurrency.js';
import { NODE_MAJOR } from './support/node-major.js';
import { compare } from './support/result-row.js';

const SESSIONS = { few: 50, many: 300, bare: 10 } as const;
const OPEN_CONNECTIONS = 100;
/** A service pairs at most ten accounts at once. */
const AT_ONCE = 6;
const ROUNDS = 5;
const MAX_RATIO = NODE_MAJOR < 24 ? 8 : 2;

/**
 * The cost that ended sessions add to every promise of the process. Before Node 24 each used AsyncLocalStorage slows
 * down all promises forever, and Baileys creates one per socket. Measures 100,000 awaits in a service after 300
 * sessions, in one after 50, and in the first one again with 100 open connections; against a service that has just
 * started. A session is: pair, scan, connected, disconnect. It opens two sockets. All processes run at the same time
 * and are measured in turn. The row about bare Baileys has no limit.
 */
export const awaitsAfterSessions: Question = {
  name: 'awaits-after-sessions',
  async measure(environment) {
    const [fresh, few, many] = [
      await environment.service(),
      await environment.service(),
      await environment.service(),
    ];
    const [bareFresh, bare] = [await environment.bareBaileys(), await environment.bareBaileys()];
    await pairAndDisconnect(environment, few, SESSIONS.few);
    await pairAndDisconnect(environment, many, SESSIONS.many);
    await pairAndDisconnect(environment, bare, SESSIONS.bare);
    const [freshMs, fewMs, manyMs] = await measureInTurn(fresh, few, many);
    const [bareFreshMs, bareMs] = await measureInTurn(bareFresh, bare);
    await forEachAccount(OPEN_CONNECTIONS, (account) => connect(environment, many, account));
    const [freshAgainMs, openMs] = await measureInTurn(fresh, many);
    const awaits = `100,000 awaits`;
    return {
      rows: [
        compare(`${awaits}: after ${SESSIONS.many} sessions / after ${SESSIONS.few}`, manyMs, fewMs, 'ms', {
          atMost: 1.25,
        }),
        compare(`${awaits}: after ${SESSIONS.many} sessions / fresh`, manyMs, freshMs, 'ms', {
          atMost: MAX_RATIO,
        }),
        compare(`${awaits}: and with ${OPEN_CONNECTIONS} open / fresh`, openMs, freshAgainMs, 'ms', {
          atMost: MAX_RATIO,
        }),
        compare(`${awaits}: bare Baileys after ${SESSIONS.bare} / fresh`, bareMs, bareFreshMs, 'ms', null),
      ],
    };
  },
};

async function pairAndDisconnect(environment: BenchEnvironment, side: Side, sessions: number): Promise<void> {
  await forEachAccount(sessions, async (account) => {
    await connect(environment, side, account);
    await side.logOut(account);
  });
}

async function connect(environment: BenchEnvironment, side: Side, account: string): Promise<void> {
  await environment.link(side, account);
}

async function forEachAccount(count: number, work: (account: string) => Promise<void>): Promise<void> {
  await forEachConcurrently(AT_ONCE, accountNames(count), work);
}

async function measureInTurn<const S extends readonly Side[]>(
  ...sides: S
): Promise<{ [K in keyof S]: number[] }> {
  const results = sides.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, side] of sides.entries()) {
      results[index]?.push(await side.awaitsMs());
    }
  }
  return results as { [K in keyof S]: number[] };
}
