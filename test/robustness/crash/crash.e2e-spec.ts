import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountFinding } from '../../support/processes/linked-account.js';
import { Random } from '../../support/requests/random.js';
import { STAYS_DOWN } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { ANY, BY_CODE, isAnonymous, LATER, PAIRING, REFUSED, type Point } from './kill-points.js';
import { CrashedAccount } from './crashed-account.js';

const KILLS = Number(process.env['CRASH_KILLS'] ?? 20);
const AT_A_STEP = Math.round(KILLS * 0.6);
const AT_ONCE = 5;
/** Highest delay of a kill: long enough for a pairing, a login and a disconnect in sequence. */
const MAX_DELAY_MS = 700;

const random = Random.from('CRASH_SEED');
const found: Partial<Record<AccountFinding, number>> = {};

let setup: TestEnvironment;
let untouched: CrashedAccount;
let accounts: readonly CrashedAccount[];

beforeAll(async () => {
  const { reconnectMinMs, reconnectMaxMs } = STAYS_DOWN;
  // All other durations are the real ones, so that no held step times out before the kill.
  setup = await TestEnvironment.create({ timings: { reconnectMinMs, reconnectMaxMs, startJitterMs: 100 } });
  untouched = new CrashedAccount(setup, 'keeper', setup.newPhone());
  await setup.link(untouched.accountId, untouched.phone);
  accounts = Array.from(
    { length: AT_ONCE },
    (_, i) => new CrashedAccount(setup, `victim-${i}`, setup.newPhone()),
  );
});

afterAll(async () => {
  process.stdout.write(`crash: CRASH_SEED=${random.seed}, ${KILLS} kills, found ${JSON.stringify(found)}\n`);
  await setup.close();
});

/** Kills the service, waits until its connections are closed, and starts it again on the same data. */
async function crash(): Promise<void> {
  const { control } = setup.simulator;
  await setup.service.kill();
  expect(setup.service.output).not.toMatch(/unhandled|uncaught|\] (ERROR|FATAL):/i);
  await control.removeFault();
  await control.waitFor({ kind: 'sockets', open: 0 }, 5_000);
  await setup.restart('kill');
}

const withDiagnostics = (where: string, work: () => Promise<void>): Promise<void> =>
  setup.withDiagnostics(`CRASH_SEED=${random.seed}, ${where}`, work);

/** Checks that the state of an account after the restart is one of the allowed ones. */
async function checkAccount(
  crashed: CrashedAccount,
  allowed: readonly AccountFinding[],
  where: string,
): Promise<void> {
  await withDiagnostics(`${crashed.accountId}: ${where}`, async () => {
    const finding = await crashed.findStarted();
    found[finding] = (found[finding] ?? 0) + 1;
    if (!allowed.includes(finding)) throw new Error(`found ${finding} instead of ${allowed.join(' or ')}`);
    expect(crashed.unexpected).toEqual([]);
    await crashed.clear();
  });
}

/** Checks that the accounts outside this round did not change. */
async function assertOthersUnchanged(): Promise<void> {
  expect(await untouched.findStarted()).toBe('linked');
  const { counters } = await setup.simulator.control.state();
  expect(counters).toMatchObject({ preKeysReused: 0, takeovers: 0 });
}

async function killAt(points: readonly Point[]): Promise<void> {
  const planned = points.flatMap((point, i) => (accounts[i] ? [{ point, crashed: accounts[i] }] : []));
  await Promise.all(planned.map(({ point, crashed }) => crashed.prepare(point.course)));
  // Anonymous stages first: the simulator cannot select their connections by account, and later accounts open further
  // connections.
  const anonymousFirst = planned.toSorted(
    (a, b) => Number(isAnonymous(b.point.stage)) - Number(isAnonymous(a.point.stage)),
  );
  for (const { point, crashed } of anonymousFirst) await crashed.goTo(point);
  await crash();
  await Promise.all(
    planned.map(({ point, crashed }) => checkAccount(crashed, point.findings, JSON.stringify(point))),
  );
}

async function killAtRandomInstant(): Promise<void> {
  const calls = accounts.map((crashed) => crashed.churn(new Random(random.below(2 ** 31))));
  // A random delay is intended here; it comes from the seed.
  await new Promise((resolve) => setTimeout(resolve, random.below(MAX_DELAY_MS)));
  await crash();
  await Promise.all(calls);
  await Promise.all(accounts.map((crashed) => checkAccount(crashed, ANY, 'at a random instant')));
}

/** Returns rounds of points. Within a round, every account is held at another stage. */
function rounds(): Point[][] {
  const result: Point[][] = [];
  const waiting: Point[] = [];
  while (result.length < AT_A_STEP) {
    if (waiting.length < AT_ONCE)
      waiting.push(...random.shuffled([...PAIRING, ...BY_CODE, ...REFUSED, ...LATER]));
    const round: Point[] = [];
    for (let i = 0; i < waiting.length && round.length < AT_ONCE;) {
      const point = waiting[i];
      if (point && !round.some(({ stage, when }) => stage === point.stage && when === point.when)) {
        round.push(...waiting.splice(i, 1));
      } else i += 1;
    }
    result.push(round);
  }
  return result;
}

describe('kill of the service', () => {
  it('a kill between the storing of the device and the reply clears the device without an error, and the account can be linked', async () => {
    const { control } = setup.simulator;
    const phone = setup.newPhone();
    await control.addFault({ stage: 'pair_device_sign', action: { type: 'hold' }, where: { phone } });
    await setup.service.pair('unheard');
    const { value: qr } = await setup.service.qr('unheard');
    const scan = control.scan({ phone, qr });
    expect(await control.holds({ stage: 'pair_device_sign' }, 10_000)).toHaveLength(1);
    await crash();
    expect(await scan).toMatchObject({ paired: false });
    expect(await control.isMet({ kind: 'linked', phone, devices: 0 })).toBe(true);
    expect(await new CrashedAccount(setup, 'unheard', phone).findStarted()).toBe('nothing');
    // The device was stored, and the service tried to log in with it.
    expect((await control.state()).refusals).toMatchObject({ unknown_device: 1 });
    await setup.link('unheard', phone);
    await setup.service.disconnect('unheard');
  }, 60_000);

  it(
    `a kill at a step of a pairing, a login or a disconnect leaves nothing linked, or credentials that log in (${AT_A_STEP} times)`,
    async () => {
      for (const points of rounds()) {
        await withDiagnostics(JSON.stringify(points), () => killAt(points));
        await withDiagnostics('after the round', assertOthersUnchanged);
      }
    },
    AT_A_STEP * 20_000,
  );

  it(
    `a kill at a random instant leaves nothing linked, or credentials that log in (${KILLS - AT_A_STEP} times)`,
    async () => {
      for (let kill = AT_A_STEP; kill < KILLS; kill += 1) {
        await withDiagnostics(`kill ${kill}`, killAtRandomInstant);
        await withDiagnostics(`kill ${kill}`, assertOthersUnchanged);
      }
    },
    (KILLS - AT_A_STEP) * 20_000 + 1,
  );

  it('a kill does not affect another account', async () => {
    expect(await untouched.findStarted()).toBe('linked');
    expect(await untouched.devices()).toMatchObject([{ mostConnections: 1, takeovers: 0 }]);
  });
});
