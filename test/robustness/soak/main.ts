import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../support/requests/random.js';
import { SOON_ALONE } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { AccountPool } from './account-pool.js';
import { waitForRest, growth, toMeasurement, type Measurement } from './resource-measurements.js';
import { Soak } from './soak.js';
import { SoakedAccount } from './soaked-account.js';
import { printLine, printSummary } from './summary.js';

/*
 * The soak test (`npm run test:soak`): random actions on many accounts for a long time. It runs for `SOAK_MINUTES`
 * (default 15), plus a few minutes to link the accounts and to wait until all timers have ended. `SOAK_ACCOUNTS` sets
 * the number of accounts (default 200); `SOAK_SEED` repeats a run.
 */

const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 15);
const ACCOUNTS = Number(process.env['SOAK_ACCOUNTS'] ?? 200);
const random = Random.from('SOAK_SEED');

const DURATION_MS = MINUTES * 60_000;
/** Each account gets two actions per minute. */
const BETWEEN_ACTIONS_MS = 30_000 / ACCOUNTS;
const MEASUREMENTS = 30;
/** The first third of the time is a warm-up: caches fill, and code is compiled. */
const WARM_FROM = MEASUREMENTS / 3;
/**
 * Highest growth of the heap after the warm-up. A full run has 4,000 actions in that time: 1 KiB each. A leaked session
 * is about 100 KiB.
 */
const HEAP_SLACK_BYTES = 4 * 1024 * 1024;

/** Timers of a connected account: the keep-alive of the service, and Baileys' own keep-alive, which never fires. */
const TIMERS_OF_ONE = 2;

const setup = await TestEnvironment.create({
  nodeArgs: ['--expose-gc'],
  environment: { LOG_LEVEL: 'info' },
  // Real durations, except those that are too long for a test of a quarter of an hour.
  timings: {
    ...SOON_ALONE,
    loginTimeoutMs: 10_000,
    firstCodeMs: 10_000,
    nextCodeMs: 1_000,
    phoneCodeMs: 20_000,
    reconnectMaxMs: 8_000,
    heldMs: 5_000,
  },
});
const pool = new AccountPool(
  Array.from({ length: ACCOUNTS }, (_, i) => new SoakedAccount(setup, `account-${i}`)),
  random,
);
const soak = new Soak(setup, pool);

async function measure(): Promise<Measurement> {
  const usage = await setup.service.usage();
  const { connections } = await setup.simulator.control.state();
  return toMeasurement(usage, connections.filter(({ loggedIn, dismissed }) => loggedIn && !dismissed).length);
}

/** Starts actions until the time is over. @returns the measurements */
async function runActions(): Promise<Measurement[]> {
  const beganAt = performance.now();
  const results: Measurement[] = [];
  let begun = 0;
  let minutes = 0;
  for (let sinceMs = 0; sinceMs < DURATION_MS; sinceMs = performance.now() - beganAt) {
    for (; begun * BETWEEN_ACTIONS_MS < sinceMs; begun += 1) soak.startAction();
    if (results.length * (DURATION_MS / MEASUREMENTS) <= sinceMs) {
      const now = await measure();
      results.push(now);
      if (minutes * 60_000 <= sinceMs) {
        minutes += 1;
        await printLine(sinceMs, soak, pool, setup, now);
      }
    }
    await pause(Math.min(BETWEEN_ACTIONS_MS, 200));
  }
  return results;
}

async function assertNoFaults(): Promise<void> {
  const { counters, devices } = await setup.simulator.control.state();
  deepStrictEqual(
    [counters.takeovers, counters.preKeysReplaced, counters.preKeysRevived],
    [0, 0, 0],
    'takeovers, pre-keys under a used id',
  );
  ok(
    devices.every(({ mostConnections }) => mostConnections <= 1),
    'a device had two connections',
  );
  const { socketsOfOneAccount } = await setup.service.peaks();
  strictEqual(socketsOfOneAccount, 1, 'sockets of one account');
  ok(
    !/unhandled|uncaught|fault of the service/i.test(setup.service.output),
    'the log shows an unhandled error',
  );
}

async function run(): Promise<void> {
  console.log(`soak: SOAK_SEED=${random.seed}, ${ACCOUNTS} accounts, ${MINUTES} minutes, pid ${process.pid}`);
  const empty = await waitForRest(setup.service, 0, 0);
  await soak.linkAll();
  const begin = await waitForRest(setup.service, ACCOUNTS, ACCOUNTS * TIMERS_OF_ONE);
  const bytesOfOne = (begin.heapBytes - empty.heapBytes) / ACCOUNTS;
  console.log(`all accounts are linked and idle; each needs ${(bytesOfOne / 1024).toFixed(0)} KiB of heap`);

  const results = await runActions();
  await soak.waitForAll();
  await setup.simulator.control.removeFault();
  await soak.verify();
  const linked = pool.count('linked');
  const end = await waitForRest(setup.service, linked, linked * TIMERS_OF_ONE);

  const grown = growth(results.slice(WARM_FROM), bytesOfOne);
  printSummary({ soak, pool, begin, end, grown, bytesOfOne });
  await assertNoFaults();
  deepStrictEqual(end.warnings, []);
  deepStrictEqual(end.others, begin.others);
  strictEqual(end.processListeners, begin.processListeners);
  ok(grown < HEAP_SLACK_BYTES, `the heap grew by ${(grown / 1024 / 1024).toFixed(1)} MiB`);
}

try {
  await run();
  console.log('soak: passed');
} catch (error) {
  console.error(`soak: failed, SOAK_SEED=${random.seed}\n`, error);
  process.exitCode = 1;
} finally {
  await setup.close();
}
