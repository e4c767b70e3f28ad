import type { Stage } from './setup/bench-environment.js';
import type { Question } from './setup/benchmark.js';
import type { Side } from './sides/side.js';
import { inLanes } from './support/concurrency.js';
import { compare } from './support/result-row.js';

const GONE = { few: 50, many: 300, bare: 10 } as const;
const OPEN = 100;
/** A service pairs at most ten accounts at once. */
const AT_ONCE = 6;
const ROUNDS = 5;
const NODE_MAJOR = Number(process.versions.node.split('.')[0]);
const MOST = NODE_MAJOR < 24 ? 8 : 2;

/**
 * What sessions leave behind in every promise of the process (before Node 24 each AsyncLocalStorage, one per Baileys socket,
 * is paid for by all of them, for ever): 100,000 awaits in a service through which 300 sessions have come and gone (pair,
 * scan, connected, disconnect: two sockets each), in one with 50, and in the first one again with 100 connections open;
 * against a service that has just started. All of them are alive at once and measured in turn. Bare Baileys only informs.
 */
export const awaitsAfterSessions: Question = {
  name: 'awaits-after-sessions',
  async measure(stage) {
    const [fresh, few, many] = [await stage.service(), await stage.service(), await stage.service()];
    const [bareFresh, bare] = [await stage.bareBaileys(), await stage.bareBaileys()];
    await comeAndGo(stage, few, GONE.few);
    await comeAndGo(stage, many, GONE.many);
    await comeAndGo(stage, bare, GONE.bare);
    const [freshMs, fewMs, manyMs] = await inTurn(fresh, few, many);
    const [bareFreshMs, bareMs] = await inTurn(bareFresh, bare);
    await all(OPEN, (account) => connect(stage, many, account));
    const [freshAgainMs, openMs] = await inTurn(fresh, many);
    const awaits = `100,000 awaits`;
    return {
      rows: [
        compare(`${awaits}: after ${GONE.many} sessions / after ${GONE.few}`, manyMs, fewMs, 'ms', {
          atMost: 1.25,
        }),
        compare(`${awaits}: after ${GONE.many} sessions / fresh`, manyMs, freshMs, 'ms', { atMost: MOST }),
        compare(`${awaits}: and with ${OPEN} open / fresh`, openMs, freshAgainMs, 'ms', { atMost: MOST }),
        compare(`${awaits}: bare Baileys after ${GONE.bare} / fresh`, bareMs, bareFreshMs, 'ms', null),
      ],
    };
  },
};

async function comeAndGo(stage: Stage, side: Side, sessions: number): Promise<void> {
  await all(sessions, async (account) => {
    await connect(stage, side, account);
    await side.leave(account);
  });
}

async function connect(stage: Stage, side: Side, account: string): Promise<void> {
  await stage.link(side, account);
}

async function all(count: number, work: (account: string) => Promise<void>): Promise<void> {
  const accounts = Array.from({ length: count }, (_, index) => `account${index}`);
  await inLanes(AT_ONCE, accounts, work);
}

async function inTurn<const S extends readonly Side[]>(...sides: S): Promise<{ [K in keyof S]: number[] }> {
  const results = sides.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, side] of sides.entries()) {
      results[index]?.push(await side.awaitsMs());
    }
  }
  return results as { [K in keyof S]: number[] };
}
