import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { StateView } from '../../../simulator/state/state-view.js';
import { eventually } from '../../support/eventually.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { eraseBytes, identityKeyOf } from '../../support/secrets/store-bytes.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit, timeLimitSince } from '../../support/time/time-limit.js';

const ACCOUNTS = Array.from({ length: 200 }, (_, i) => `account-${String(i).padStart(3, '0')}`);
const AT_ONCE = 8;
const PER_SECOND = 40;
const ALL_BACK_MS = 60_000;
const HELD_MS = 3_000;

let setup: TestEnvironment;
let phones: Record<string, string>;

beforeAll(async () => {
  setup = await TestEnvironment.create({
    environment: {
      WHATSAPP_SIMULTANEOUS_LOGINS: String(AT_ONCE),
      WHATSAPP_LOGINS_PER_SECOND: String(PER_SECOND),
    },
    timings: { ...SHORT_TIMINGS, ...PATIENT, reconnectMaxMs: 800, heldMs: HELD_MS },
  });
  // Links at most as many accounts at once as may log in later, because the simulator records the maximum.
  phones = await setup.linkAll(ACCOUNTS, AT_ONCE);
}, 240_000);
afterEach(() => setup.simulator.control.removeFault());
afterAll(() => setup.close());

const phoneOf = (accountId: string): string => phones[accountId] as string;
const state = (): Promise<StateView> => setup.simulator.control.state();

/** Pairs an account until WhatsApp has accepted it. @returns the code that was scanned */
async function scanned(accountId: string): Promise<string> {
  phones[accountId] = setup.newPhone();
  await setup.service.pair(accountId);
  const { value: qr } = await setup.service.qr(accountId);
  expect(await setup.simulator.control.scan({ phone: phoneOf(accountId), qr })).toMatchObject({
    paired: true,
  });
  return qr;
}

/** Requests a status repeatedly until all devices of the accounts are online. Every answer arrives within a second. */
async function answersUntilBack(accountIds: readonly string[]): Promise<void> {
  const awaited = new Set(accountIds.map(phoneOf));
  let online = 0;
  await eventually(
    async () => {
      const asked = performance.now();
      await setup.service.status('account-000');
      expect(performance.now() - asked).toBeLessThan(timeLimitSince(asked, 1_000));
      const { devices } = await state();
      online = devices.filter(
        (device) => awaited.has(device.phone) && device.connections.length === 1,
      ).length;
      return online === awaited.size;
    },
    ALL_BACK_MS,
    () => `only ${online} of ${awaited.size} are back`,
  );
  await Promise.all(accountIds.map((accountId) => setup.service.reaches(accountId, 'connected')));
}

async function expectNoStorm(): Promise<void> {
  const { counters, mostConnectionsOfADevice, mostLoginsAtOnce, mostLoginsPerSecond } = await state();
  expect([counters.takeovers, mostConnectionsOfADevice]).toEqual([0, 1]);
  expect(mostLoginsAtOnce).toBeLessThanOrEqual(AT_ONCE);
  // Logins start evenly spaced, but logins in progress can come closer together.
  expect(mostLoginsPerSecond).toBeLessThanOrEqual(PER_SECOND + AT_ONCE + 1);
}

describe('200 accounts', () => {
  it('200 accounts reconnect automatically after a restart, and requests are answered from the first second', async () => {
    const code = await scanned('damaged');
    await setup.service.reaches('damaged', 'connected');
    await setup.simulator.control.addFault({ stage: 'login_success', action: { type: 'hold' } });
    await scanned('stopped');
    expect(await setup.simulator.control.holds({ stage: 'login_success' }, 5_000)).toHaveLength(1);
    await setup.service.stopPairing('stopped');
    expect(await setup.service.status('stopped')).toMatchObject({ status: 'idle', authExists: true });
    await setup.simulator.control.removeFault();

    await setup.service.stop();
    expect(await eraseBytes(setup.dataDir, identityKeyOf(code))).toBeGreaterThan(0);
    await setup.restart();
    const asked = performance.now();
    const first = await setup.service.status('account-199');
    expect(performance.now() - asked).toBeLessThan(timeLimitSince(asked, 1_000));
    expect(first).toMatchObject({ authExists: true });
    await answersUntilBack([...ACCOUNTS, 'stopped']);
    await expectNoStorm();
    const { devices } = await state();
    expect(devices.filter(({ logins }) => logins === 2)).toHaveLength(ACCOUNTS.length);

    expect(await setup.service.status('damaged')).toMatchObject({ status: 'error', authExists: true });
    expect(await setup.service.failure('damaged')).toMatchObject({ code: 'auth_state_corrupt' });
    expect(await setup.device(phoneOf('damaged'))).toMatchObject({ logins: 1, connections: [] });
  }, 120_000);

  it('200 accounts reconnect automatically when all of them drop at once', async () => {
    expect(await setup.simulator.control.act({ type: 'cut' }, { kind: 'login' })).toBe(ACCOUNTS.length + 1);
    await answersUntilBack(ACCOUNTS);
    await expectNoStorm();
    const { devices } = await state();
    expect(devices.filter(({ logins }) => logins === 3)).toHaveLength(ACCOUNTS.length);
    expect((await setup.service.usage()).warnings).toEqual([]);
  }, 120_000);
});

describe('the pause before a reconnect', () => {
  const [name = ''] = ACCOUNTS;

  /** The pauses so far in ms. With the largest random number each pause has its maximum. */
  function pauses(): number[] {
    const lines = setup.service.output.matchAll(
      new RegExp(`${name} #\\d+: reconnect scheduled .*"retryInMs":(\\d+)`, 'g'),
    );
    return [...lines].map(([, pauseMs]) => Number(pauseMs));
  }

  async function cutAndBack(): Promise<void> {
    const logins = (await setup.device(phoneOf(name)))?.logins ?? 0;
    await setup.simulator.control.act({ type: 'cut' }, { phone: phoneOf(name) });
    await setup.isBack(name, phoneOf(name), logins + 1);
  }

  /** Waits until the connection has held long enough to reset the pause. */
  async function holds(): Promise<void> {
    await eventually(
      async () => {
        const { accounts } = await setup.service.accounts('limit=1');
        return Date.now() - Date.parse(String(accounts[0]?.lastConnectedAt)) > timeLimit(HELD_MS + 500);
      },
      HELD_MS + 5_000,
      () => 'the connection has not held long enough',
    );
  }

  it('the pause doubles up to a limit, also when connections open and break again, until one has held', async () => {
    await holds();
    await setup.service.fixRandom(1);
    const before = pauses().length;
    const { control } = setup.simulator;
    const fault = {
      stage: 'login_success',
      action: { type: 'cut' },
      where: { phone: phoneOf(name) },
    } as const;
    // The connection breaks, two logins fail, and the new connection breaks twice more.
    await control.addFault({ ...fault, times: 2 });
    await cutAndBack();
    await cutAndBack();
    await cutAndBack();
    expect(pauses().slice(before)).toEqual([100, 200, 400, 800, 800].map(timeLimit));
    await holds();
    await cutAndBack();
    expect(pauses().slice(before + 5)).toEqual([timeLimit(100)]);
    await setup.service.fixRandom(null);
  });
});

describe('stopping a link that reconnects', () => {
  it('stopping clears the error of a link that reconnects, and does not prevent its reconnect', async () => {
    const { control } = setup.simulator;
    const [, name = ''] = ACCOUNTS;
    const stage = 'server_hello';
    await control.addFault({ stage, action: { type: 'certificate', forgery: 'expired' } });
    await control.addFault({ stage, action: { type: 'hold' }, skip: 1 });
    await control.act({ type: 'cut' }, { phone: phoneOf(name) });
    expect(await control.holds({ stage }, 10_000)).toHaveLength(1);
    expect(await setup.service.status(name)).toMatchObject({ status: 'error', authExists: true });
    expect(await setup.service.failure(name)).toMatchObject({ code: 'server_untrusted' });
    await setup.service.stopPairing(name);
    expect(await setup.service.status(name)).toMatchObject({ status: 'idle', authExists: true });
    expect(await setup.service.failure(name)).toBeNull();
    await control.release({ stage });
    await setup.service.reaches(name, 'connected');
  });
});
