import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PairingView } from '../../../src/whatsapp/domain/pairing.js';
import { eventually } from '../../support/eventually.js';
import { LinkedAccount } from '../../support/processes/linked-account.js';
import { Random } from '../../support/requests/random.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { RacingAccount } from './racing-account.js';
import { anyRun, type Step } from './random-run.js';

const { seed } = Random.from('RACES_SEED');
const RACES_MS = Number(process.env['RACES_MS'] ?? 25_000);
const MAX_RUNS = 5_000;
const ACCOUNTS = 5;
/** Fewer places than accounts, so that calls often reach the limit. */
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

/**
 * Whether the open sockets are exactly those of the untouched account, and one for each account that is connected or
 * shows a code.
 */
async function socketsHaveOwners(): Promise<boolean> {
  let owners = 1;
  for (const { accountId } of accounts) {
    const { status, step } = (await setup.service.view(accountId)).body as PairingView;
    // The account is between two states: wait longer.
    if (status === 'pending' && !step) return false;
    if (status === 'pending' || status === 'connected') owners += 1;
  }
  return (await setup.simulator.control.state()).openSockets === owners;
}

async function waitForSettled(): Promise<void> {
  await eventually(socketsHaveOwners, 10_000, () => 'the open sockets do not match the accounts');
}

async function assertStatuses(): Promise<void> {
  const state = await setup.simulator.control.state();
  for (const account of accounts) {
    const contradiction = await account.contradiction(state);
    if (contradiction) throw new Error(`${account.accountId}: ${contradiction}`);
    expect(account.unexpected).toEqual([]);
  }
}

async function callForAll(action: 'stop' | 'disconnect'): Promise<void> {
  await Promise.all(accounts.map((account) => account.do(action)));
}

/** Checks that the other accounts did not change, and that no limit was exceeded. */
async function assertBounds(): Promise<void> {
  const { counters } = await setup.simulator.control.state();
  expect(counters).toMatchObject({ takeovers: 0, preKeysReused: 0 });
  expect(await setup.service.peaks()).toEqual({ socketsOfOneAccount: 1, pairings: PLACES });
  expect(await live.devices()).toMatchObject([{ logins: 1, connections: [expect.any(Number)] }]);
  expect(await setup.service.status('live')).toMatchObject({ status: 'connected' });
  expect(await parked.devices()).toMatchObject([{ logins: 1, connections: [] }]);
  expect(await setup.service.status('parked')).toMatchObject({ status: 'error', authExists: true });
}

/** Checks that every pairing place is free again: new accounts get all of them. */
async function assertPlacesFree(): Promise<void> {
  const { service } = setup;
  const names = accounts.map((_, i) => `place-${i}`);
  const answers = await Promise.all(names.map((name) => service.pair(name)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(PLACES);
  await Promise.all(names.map((name) => service.stopPairing(name)));
}

async function execute(run: readonly Step[]): Promise<void> {
  for (const account of accounts) account.begin();
  const pending: Promise<void>[] = [];
  for (const { account, action, then } of run) {
    const done = accounts[account]?.do(action);
    if (done) pending.push(done);
    if (then === 'wait for all') await Promise.all(pending);
  }
  await Promise.all(pending);
  await waitForSettled();
  await assertStatuses();
  await callForAll('stop');
  await waitForSettled();
  await assertStatuses();
  for (const account of accounts) {
    await account.assertRecovers();
    await account.do('stop');
  }
  await callForAll('disconnect');
  await waitForSettled();
  await assertStatuses();
  await assertPlacesFree();
  await assertBounds();
  // The user has to remove a device that a failed logout left on the phone.
  for (const { phone } of accounts) await setup.simulator.control.removeDevices(phone);
}

describe('random actions on several accounts at the same time', () => {
  it(
    'every account has at most one socket, gets answers, has a true status, and does not affect other accounts',
    async () => {
      const endAt = performance.now() + RACES_MS;
      // Not `fc.assert`: a run depends on timing as well, so shrinking to a shorter failing run would prove nothing.
      for (const run of fc.sample(anyRun(ACCOUNTS), { seed, numRuns: MAX_RUNS })) {
        if (performance.now() > endAt) break;
        runs += 1;
        steps += run.length;
        await setup.withDiagnostics(`RACES_SEED=${seed}`, () => execute(run));
      }
    },
    RACES_MS + 60_000,
  );
});
