import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { codeOf } from '../../support/processes/service-process.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

const TIMINGS = { ...SHORT_TIMINGS, ...PATIENT, logoutTimeoutMs: 5_000 };

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create({ timings: TIMINGS });
}, 60_000);
afterEach(async () => {
  await setup.service.breakStore({});
  const { counters } = await setup.simulator.control.state();
  expect(counters).toMatchObject({ takeovers: 0, preKeysReplaced: 0 });
});
afterAll(() => setup.close());

/**
 * Makes the device store new pre-keys: WhatsApp reports that few are left, and new ones are stored before their upload.
 */
async function mustWrite(phone: string): Promise<void> {
  expect(await setup.simulator.control.spendPreKeys({ phone, leave: 1 })).toMatchObject({ notified: 1 });
}

async function hasPreKeys(phone: string): Promise<void> {
  let preKeys: number | undefined;
  await eventually(
    async () => (preKeys = (await setup.device(phone))?.preKeys ?? 0) > 1,
    15_000,
    () => `the device has ${String(preKeys)} pre-keys left`,
  );
}

describe('a full disk', () => {
  it('a full disk fails only accounts that must write, which report it; with room again all accounts continue', async () => {
    const { service } = setup;
    const phones = await setup.linkAll(['writing', 'also-writing', 'quiet', 'dropping', 'leaving']);
    const phoneOf = (accountId: string): string => phones[accountId] as string;
    await service.settled(Object.keys(phones));
    await service.breakStore({ full: true });

    const writing = ['writing', 'also-writing'];
    for (const name of writing) await mustWrite(phoneOf(name));
    for (const name of writing) {
      expect(await service.reaches(name, 'error')).toMatchObject({
        authExists: true,
        serviceConnected: false,
      });
      expect(await service.failure(name)).toMatchObject({
        code: 'storage_failed',
        userAction: 'contact_operator',
      });
    }
    expect(codeOf(await service.pair('new'))).toBe('500 storage_failed');
    expect(codeOf(await service.pair('writing'))).toBe('500 storage_failed');
    expect(codeOf(await service.disconnect('leaving'))).toBe('500 storage_failed');
    expect(await service.status('leaving')).toMatchObject({ authExists: true, serviceConnected: false });
    expect(codeOf(await service.disconnect('leaving'))).toBe('500 storage_failed');
    expect((await service.call('GET', '/health/live')).status).toBe(200);
    await setup.simulator.control.act({ type: 'cut' }, { phone: phoneOf('dropping') });
    expect(await service.status('quiet')).toMatchObject({ status: 'connected' });
    expect((await setup.device(phoneOf('quiet')))?.logins).toBe(1);

    await service.breakStore({});
    for (const name of [...writing, 'dropping', 'quiet']) {
      await service.reaches(name, 'connected');
      expect(await service.failure(name)).toBeNull();
    }
    for (const name of writing) await hasPreKeys(phoneOf(name));
    expect(codeOf(await service.disconnect('leaving'))).toBe('200');
    expect(await service.status('leaving')).toMatchObject({ status: 'idle', authExists: false });
    expect(await setup.device(phoneOf('leaving'))).toBeUndefined();
    await setup.link('new');
    for (const name of [...writing, 'quiet', 'dropping', 'new'])
      expect(codeOf(await service.disconnect(name))).toBe('200');
  }, 60_000);
});

describe('files that cannot grow', () => {
  // 1 or 2 MiB; an account needs about 100 KiB.
  const LIMIT_BLOCKS = 2_000;
  const MORE_THAN_FIT = 60;

  /** @returns whether the account could be stored; otherwise checks that it reports the failure */
  async function linked(small: TestEnvironment, accountId: string): Promise<boolean> {
    const { service, simulator } = small;
    const started = await service.pair(accountId);
    if (started.status !== 200) {
      expect(codeOf(started)).toBe('500 storage_failed');
      return false;
    }
    const { value: qr } = await service.qr(accountId);
    await simulator.control.scan({ phone: small.newPhone(), qr });
    let status = 'pending';
    await eventually(
      async () => ['connected', 'error'].includes(({ status } = await service.status(accountId)).status),
      20_000,
      () => `${accountId} is still ${status}`,
    );
    if (status === 'error')
      expect(await service.failure(accountId)).toMatchObject({ code: 'storage_failed' });
    return status === 'connected';
  }

  let small: TestEnvironment;
  beforeAll(async () => {
    small = await TestEnvironment.create({ timings: TIMINGS, fileLimitBlocks: LIMIT_BLOCKS });
  });
  afterAll(() => small.close());

  it('files that cannot grow keep the stored accounts and refuse new ones, and no account is lost afterwards', async () => {
    const fitting: string[] = [];
    /** Whether an account could be linked after the log had been full. */
    let hadRoomAgain = false;
    // One refusal, or a missing audit entry: the log was full, and is emptied for the next account. Two refusals in a
    // row: the file itself is full.
    for (let tried = 0, inARow = 0; inARow < 2; tried += 1) {
      expect(tried).toBeLessThan(MORE_THAN_FIT);
      if (await linked(small, `account-${tried}`)) {
        fitting.push(`account-${tried}`);
        inARow = 0;
        hadRoomAgain ||= /storage_failed|Not in the audit trail/.test(small.service.output);
      } else {
        inARow += 1;
      }
    }
    expect(fitting.length).toBeGreaterThan(5);
    expect(hadRoomAgain).toBe(true);
    // Except for an account that had to write while the log was full, as in the test before.
    const down: string[] = [];
    for (const name of fitting)
      if ((await small.service.status(name)).status !== 'connected') down.push(name);
    expect(down.length).toBeLessThanOrEqual(1);
    for (const name of down)
      expect(await small.service.failure(name)).toMatchObject({ code: 'storage_failed' });
    // A disconnect may be refused too, any number of times.
    const [leaving = '', ...staying] = fitting;
    for (const again of [1, 2]) {
      const answer = codeOf(await small.service.disconnect(leaving));
      expect([again, answer]).toEqual([again, expect.stringMatching(/^(200|500 storage_failed)$/)]);
    }

    expect(await small.service.stop()).toBe(0);
    await small.restart('stop', { fileLimitBlocks: undefined });
    expect(await linked(small, 'late')).toBe(true);
    for (const name of [...staying, 'late']) await small.service.reaches(name, 'connected');
    expect(codeOf(await small.service.disconnect(leaving))).toBe('200');
    // The phones of refused accounts show no device that the service could not use.
    for (const { phone, connections } of (await small.simulator.control.state()).devices)
      expect([phone, connections.length]).toEqual([phone, 1]);
  }, 120_000);
});

describe('a store that takes a second for every write', () => {
  it('accounts pair, reconnect, renew keys, disconnect and shut down on a slow store without losing data', async () => {
    const { service } = setup;
    await service.breakStore({ delayMs: 1_000 });
    const phones = await setup.linkAll(['kept', 'renewing', 'dropped', 'left']);
    const phoneOf = (accountId: string): string => phones[accountId] as string;
    await Promise.all([
      (async () => {
        await setup.simulator.control.act({ type: 'cut' }, { phone: phoneOf('dropped') });
        await setup.isBack('dropped', phoneOf('dropped'), 2);
      })(),
      (async () => {
        expect(codeOf(await service.disconnect('left'))).toBe('200');
        expect(await setup.device(phoneOf('left'))).toBeUndefined();
      })(),
      (async () => {
        await mustWrite(phoneOf('renewing'));
        await hasPreKeys(phoneOf('renewing'));
      })(),
    ]);
    // The shutdown starts while new keys are being stored.
    await mustWrite(phoneOf('kept'));
    const started = performance.now();
    expect(await service.stop()).toBe(0);
    expect(performance.now() - started).toBeLessThan(timeLimitSince(started, 8_000));

    await setup.restart();
    for (const name of ['kept', 'renewing', 'dropped']) {
      expect(await setup.service.reaches(name, 'connected')).toMatchObject({ servicePhone: phoneOf(name) });
      expect(await setup.device(phoneOf(name))).toMatchObject({ mostConnections: 1 });
    }
    await hasPreKeys(phoneOf('kept'));
    expect(await setup.service.status('left')).toMatchObject({ status: 'idle', authExists: false });
    for (const name of ['kept', 'renewing', 'dropped']) await setup.service.disconnect(name);
  }, 90_000);
});
