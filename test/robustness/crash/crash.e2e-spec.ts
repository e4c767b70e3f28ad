import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountFinding } from '../../support/processes/linked-account.js';
import { Random } from '../../support/requests/random.js';
import { STAYS_DOWN } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { ANY, BY_CODE, isAnonymous, LATER, PAIRING, REFUSED } from './kill-points.js';
import type { Point } from './kill-points.js';
import { CrashedAccount } from './crashed-account.js';

const KILLS = Number(process.env['CRASH_KILLS'] ?? 20);
const AT_A_STEP = Math.round(KILLS * 0.6);
const AT_ONCE = 5;
/** Long enough for a pairing, a login and a disconnect one after another. */
const CHURN_MS = 700;

const random = Random.from('CRASH_SEED');
const found: Partial<Record<AccountFinding, number>> = {};

let setup: TestEnvironment;
let keeper: CrashedAccount;
let victims: readonly CrashedAccount[];

beforeAll(async () => {
  const { reconnectMinMs, reconnectMaxMs } = STAYS_DOWN;
  // Otherwise the real durations: nothing that is held here gives up before the kill.
  setup = await TestEnvironment.create({ timings: { reconnectMinMs, reconnectMaxMs, startJitterMs: 100 } });
  keeper = new CrashedAccount(setup, 'keeper', setup.newPhone());
  await setup.link(keeper.accountId, keeper.phone);
  victims = Array.from(
    { length: AT_ONCE },
    (_, i) => new CrashedAccount(setup, `victim-${i}`, setup.newPhone()),
  );
});

afterAll(async () => {
  process.stdout.write(`crash: CRASH_SEED=${random.seed}, ${KILLS} kills, found ${JSON.stringify(found)}\n`);
  await setup.close();
});

/** The service dies here and now, WhatsApp notices it, and the service starts again on the same data. */
async function crash(): Promise<void> {
  const { control } = setup.simulator;
  await setup.service.kill();
  expect(setup.service.output).not.toMatch(/unhandled|uncaught|\] (ERROR|FATAL):/i);
  await control.removeFault();
  if (!(await control.waitFor({ kind: 'sockets', open: 0 }, 5_000)))
    throw new Error('a dead connection stays');
  await setup.restart('kill');
}

const explained = (where: string, work: () => Promise<void>): Promise<void> =>
  setup.explained(`CRASH_SEED=${random.seed}, ${where}`, work);

/** What is found of one account has to be one of these. */
async function judge(
  crashed: CrashedAccount,
  allowed: readonly AccountFinding[],
  where: string,
): Promise<void> {
  await explained(`${crashed.accountId}: ${where}`, async () => {
    const finding = await crashed.findStarted();
    found[finding] = (found[finding] ?? 0) + 1;
    if (!allowed.includes(finding)) throw new Error(`found ${finding} instead of ${allowed.join(' or ')}`);
    expect(crashed.unexpected).toEqual([]);
    await crashed.clear();
  });
}

/** What took no part in it is as it was. */
async function restIsUntouched(): Promise<void> {
  expect(await keeper.findStarted()).toBe('linked');
  const { counters } = await setup.simulator.control.state();
  expect(counters).toMatchObject({ preKeysReused: 0, takeovers: 0 });
}

async function killAt(points: readonly Point[]): Promise<void> {
  const led = points.flatMap((point, i) => (victims[i] ? [{ point, crashed: victims[i] }] : []));
  for (const { point, crashed } of led) await crashed.prepare(point.course);
  // First those whose connections nobody can tell apart: later ones go on to make more of them while they are held.
  const anonymousFirst = led.toSorted(
    (a, b) => Number(isAnonymous(b.point.stage)) - Number(isAnonymous(a.point.stage)),
  );
  for (const { point, crashed } of anonymousFirst) await crashed.goTo(point);
  await crash();
  for (const { point, crashed } of led) await judge(crashed, point.findings, JSON.stringify(point));
}

async function killDuringChurn(): Promise<void> {
  const churning = victims.map((crashed) => crashed.churn(new Random(random.below(2 ** 31))));
  // A random instant is the point; it comes from the seed.
  await new Promise((resolve) => setTimeout(resolve, random.below(CHURN_MS)));
  await crash();
  await Promise.all(churning);
  await Promise.all(victims.map((crashed) => judge(crashed, ANY, 'at a random instant')));
}

/** Rounds of points; within one, no two accounts are held at the same stage. */
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

describe('a service that is killed', () => {
  it('between the storing of the device and the reply clears what WhatsApp never heard of, without a word, and the account can be linked', async () => {
    const { control } = setup.simulator;
    const phone = setup.newPhone();
    await control.addFault({ stage: 'pair_device_sign', action: { type: 'hold' }, where: { phone } });
    await setup.service.pair('unheard');
    const { value: qr } = await setup.service.qr('unheard');
    const scan = control.scan({ phone, qr });
    expect(await control.holds({ stage: 'pair_device_sign' }, 10_000)).toHaveLength(1);
    await crash();
    expect(await scan).toMatchObject({ paired: false });
    expect(await control.waitFor({ kind: 'linked', phone, devices: 0 }, 0)).toBe(true);
    expect(await new CrashedAccount(setup, 'unheard', phone).findStarted()).toBe('nothing');
    // It was stored, and tried.
    expect((await control.state()).refusals).toMatchObject({ unknown_device: 1 });
    await setup.link('unheard', phone);
    await setup.service.disconnect('unheard');
  }, 60_000);

  it(
    `at a step of a pairing, a login or a disconnect leaves nothing linked, or credentials that log in (${AT_A_STEP} times)`,
    async () => {
      for (const points of rounds()) {
        await explained(JSON.stringify(points), () => killAt(points));
        await explained('after the round', restIsUntouched);
      }
    },
    AT_A_STEP * 20_000,
  );

  it(
    `at a random instant leaves nothing linked, or credentials that log in (${KILLS - AT_A_STEP} times)`,
    async () => {
      for (let kill = AT_A_STEP; kill < KILLS; kill += 1) {
        await explained(`kill ${kill}`, killDuringChurn);
        await explained(`kill ${kill}`, restIsUntouched);
      }
    },
    (KILLS - AT_A_STEP) * 20_000 + 1,
  );

  it('loses no other account', async () => {
    expect(await keeper.findStarted()).toBe('linked');
    expect(await keeper.devices()).toMatchObject([{ mostConnections: 1, takeovers: 0 }]);
  });
});
