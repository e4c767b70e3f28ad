import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PairingView } from '../../../src/whatsapp/domain/pairing.js';
import { eventually } from '../../support/eventually.js';
import { LinkedAccount } from '../../support/processes/linked-account.js';
import { Random } from '../../support/requests/random.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { RacingAccount } from './racing-account.js';
import { anyRun } from './random-run.js';
import type { Step } from './random-run.js';

const { seed } = Random.from('RACES_SEED');
const RACES_MS = Number(process.env['RACES_MS'] ?? 25_000);
const MOST_RUNS = 5_000;
const ACCOUNTS = 5;
/** Fewer places than accounts, so that the limit is met all the time. */
const PLACES = 3;

let setup: TestEnvironment;
let live: LinkedAccount;
let parked: LinkedAccount;
let accounts: readonly RacingAccount[];
let runs = 0;
let steps = 0;

beforeAll(async () => {
  setup = await TestEnvironment.create({
    environment: { WHATSAPP_MAX_PAIRING_SESSIONS: String(PLACES) },
    timings: {
      restartTimeoutMs: 1_000,
      retryDelaysMs: [30, 60, 120],
      reconnectMinMs: 40,
      reconnectMaxMs: 160,
      heldMs: 300,
      logoutTimeoutMs: 2_000,
    },
  });
  live = new LinkedAccount(setup, 'live', setup.newPhone());
  parked = new LinkedAccount(setup, 'parked', setup.newPhone());
  for (const { accountId, phone } of [live, parked]) await setup.link(accountId, phone);
  const replaced = { type: 'stream_error', conflict: 'replaced' } as const;
  await setup.simulator.control.act(replaced, { phone: parked.phone });
  await setup.service.reaches('parked', 'error');
  accounts = Array.from(
    { length: ACCOUNTS },
    (_, i) => new RacingAccount(setup, `racer-${i}`, setup.newPhone()),
  );
});
afterAll(async () => {
  const { pairs, codesTyped, declines } = (await setup.simulator.control.state()).counters;
  process.stdout.write(
    `races: RACES_SEED=${seed}, ${runs} runs, ${steps} steps, ${pairs} linked, ${codesTyped} codes typed, ${declines} declined\n`,
  );
  await setup.close();
});

/** Open sockets are those of the account that takes no part, and one of each account that is connected or shows a code. */
async function socketsHaveOwners(): Promise<boolean> {
  let owners = 1;
  for (const { accountId } of accounts) {
    const { status, step } = (await setup.service.view(accountId)).body as PairingView;
    // On its way to a code or to a connection: not settled yet.
    if (status === 'pending' && !step) return false;
    if (status === 'pending' || status === 'connected') owners += 1;
  }
  return (await setup.simulator.control.state()).openSockets === owners;
}

async function settled(): Promise<void> {
  await eventually(
    socketsHaveOwners,
    10_000,
    () => 'there are sockets without an owner, or owners without a socket',
  );
}

async function statusesAreTrue(): Promise<void> {
  const state = await setup.simulator.control.state();
  for (const account of accounts) {
    const contradiction = await account.contradiction(state);
    if (contradiction) throw new Error(`${account.accountId}: ${contradiction}`);
    expect(account.unexpected).toEqual([]);
  }
}

async function everybody(action: 'stop' | 'disconnect'): Promise<void> {
  await Promise.all(accounts.map((account) => account.do(action)));
}

/** What took no part is as it was, and nothing ever went beyond its bound. */
async function boundsAreKept(): Promise<void> {
  const { counters } = await setup.simulator.control.state();
  expect(counters).toMatchObject({ takeovers: 0, preKeysReused: 0 });
  expect(await setup.service.peaks()).toEqual({ socketsOfOneAccount: 1, pairings: PLACES });
  expect(await live.devices()).toMatchObject([{ logins: 1, connections: [expect.any(Number)] }]);
  expect(await setup.service.status('live')).toMatchObject({ status: 'connected' });
  expect(await parked.devices()).toMatchObject([{ logins: 1, connections: [] }]);
  expect(await setup.service.status('parked')).toMatchObject({ status: 'error', authExists: true });
}

/** However it went, every place is free again: accounts that have none get them all. */
async function placesAreFree(): Promise<void> {
  const { service } = setup;
  const names = accounts.map((_, i) => `place-${i}`);
  const answers = await Promise.all(names.map((name) => service.pair(name)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(PLACES);
  await Promise.all(names.map((name) => service.stopPairing(name)));
}

async function play(run: readonly Step[]): Promise<void> {
  for (const account of accounts) account.begin();
  const underWay: Promise<void>[] = [];
  for (const { account, action, then } of run) {
    const done = accounts[account]?.do(action);
    if (done) underWay.push(done);
    if (then === 'wait for all') await Promise.all(underWay);
  }
  await Promise.all(underWay);
  await settled();
  await statusesAreTrue();
  await everybody('stop');
  await settled();
  await statusesAreTrue();
  for (const account of accounts) {
    await account.goesOn();
    await account.do('stop');
  }
  await everybody('disconnect');
  await settled();
  await statusesAreTrue();
  await placesAreFree();
  await boundsAreKept();
  // What a failed logout has left on the phone is the person's to remove.
  for (const { phone } of accounts) await setup.simulator.control.removeDevices(phone);
}

describe('several accounts that pair, scan, type, stop, drop and disconnect at the same time', () => {
  it(
    'each have at most one socket, are answered, are what their status says, and leave the others alone',
    async () => {
      const endAt = performance.now() + RACES_MS;
      // Not `fc.assert`: what a run does depends on time as well, so a shorter one that fails would prove nothing.
      for (const run of fc.sample(anyRun(ACCOUNTS), { seed, numRuns: MOST_RUNS })) {
        if (performance.now() > endAt) break;
        runs += 1;
        steps += run.length;
        await setup.explained(`RACES_SEED=${seed}`, () => play(run));
      }
    },
    RACES_MS + 60_000,
  );
});
