import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { identityKeyOf, storeBytes } from '../../support/secrets/store-bytes.js';
import { NO_SERVER } from '../../support/processes/service-process.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

const GONE = { status: 'idle', authExists: false, serviceConnected: false, servicePhone: null };
const UNLINKED = {
  code: 'unlinked_by_phone',
  userAction: 'scan_again',
  message: expect.any(String) as unknown,
};
const UNCONFIRMED = {
  code: 'logout_unconfirmed',
  userAction: 'remove_on_phone',
  message: expect.any(String) as unknown,
};

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create({ timings: { ...SHORT_TIMINGS, ...PATIENT } });
}, 60_000);
afterEach(() => setup.simulator.control.removeFault());
afterAll(() => setup.close());

/** Links an account, and returns the values by which its credentials can be found in the store. */
async function linkWithSecrets(accountId: string): Promise<{ phone: string; identityKey: Buffer }> {
  const phone = setup.newPhone();
  await setup.service.pair(accountId);
  const { value: qr } = await setup.service.qr(accountId);
  expect(await setup.simulator.control.scan({ phone, qr })).toMatchObject({ paired: true });
  await setup.service.reaches(accountId, 'connected');
  const identityKey = identityKeyOf(qr);
  expect((await storeBytes(setup.dataDir)).includes(identityKey)).toBe(true);
  return { phone, identityKey };
}

/** Expects that the credentials are deleted, and that status and list say why. */
async function expectUnlinked(accountId: string): Promise<void> {
  expect(await setup.service.reaches(accountId, 'error')).toMatchObject({ ...GONE, status: 'error' });
  expect(await setup.service.failure(accountId)).toEqual(UNLINKED);
  expect(await setup.service.listed(accountId)).toMatchObject({
    linkedAt: expect.any(String) as unknown,
    lastConnectedAt: expect.any(String) as unknown,
    lastError: UNLINKED,
  });
}

describe('an account whose device is removed on the phone', () => {
  it('a connected account loses its credentials at once, and stays listed with an error', async () => {
    const { phone, identityKey } = await linkWithSecrets('connected');
    await setup.simulator.control.removeDevices(phone);
    await expectUnlinked('connected');
    const bytes = await storeBytes(setup.dataDir);
    expect([identityKey, phone].map((secret) => bytes.includes(secret))).toEqual([false, false]);
  });

  it('a removal during a reconnect is reported by the login', async () => {
    const { control } = setup.simulator;
    const phone = await setup.link('coming-back');
    const stage = 'login_success';
    await control.addFault({ stage, action: { type: 'hold' }, where: { phone } });
    await control.act({ type: 'cut' }, { phone });
    expect(await control.holds({ stage }, 5_000)).toHaveLength(1);
    expect(await setup.service.status('coming-back')).toMatchObject({ status: 'idle', authExists: true });
    await control.removeDevices(phone);
    await control.release({ stage });
    await expectUnlinked('coming-back');
  });

  it('a removal while the service is stopped is reported at the next start, and earlier errors stay', async () => {
    const { phone, identityKey } = await linkWithSecrets('stopped');
    await setup.service.stop();
    await setup.simulator.control.removeDevices(phone);
    await setup.restart();
    await expectUnlinked('stopped');
    for (const accountId of ['connected', 'coming-back']) await expectUnlinked(accountId);
    expect((await storeBytes(setup.dataDir)).includes(identityKey)).toBe(false);
  });

  it('a disconnect removes the unlinked account from the list permanently, without contacting WhatsApp', async () => {
    const { connections } = (await setup.simulator.control.state()).counters;
    expect((await setup.service.disconnect('stopped')).status).toBe(200);
    expect((await setup.simulator.control.state()).counters.connections).toBe(connections);
    expect(await setup.service.listed('stopped')).toBeUndefined();
    expect(await setup.service.failure('stopped')).toBeNull();
    await setup.restart();
    expect(await setup.service.status('stopped')).toEqual({ accountId: 'stopped', ...GONE });
    expect(await setup.service.listed('stopped')).toBeUndefined();
    await expectUnlinked('connected');
  });

  it('an unlinked account shows a new code when it is paired, and links again', async () => {
    expect((await setup.service.pair('connected')).body).toMatchObject({ status: 'pending' });
    expect(await setup.service.qr('connected')).toMatchObject({ sequence: 1 });
    expect(await setup.service.failure('connected')).toBeNull();
    const phone = await setup.link('connected');
    expect(await setup.service.listed('connected')).toMatchObject({ servicePhone: phone, lastError: null });
    await setup.restart();
    expect(await setup.service.reaches('connected', 'connected')).toMatchObject({ servicePhone: phone });
    expect(await setup.service.failure('connected')).toBeNull();
  });

  it('an unlinked account has no error after it was paired and stopped, also after a restart', async () => {
    await setup.service.pair('coming-back');
    await setup.service.stopPairing('coming-back');
    expect(await setup.service.status('coming-back')).toEqual({ accountId: 'coming-back', ...GONE });
    await setup.restart();
    expect(await setup.service.status('coming-back')).toEqual({ accountId: 'coming-back', ...GONE });
    expect(await setup.service.failure('coming-back')).toBeNull();
  });
});

describe('a device that WhatsApp never knew', () => {
  it('an unknown device is deleted at the next start without an error', async () => {
    const { control } = setup.simulator;
    const phone = setup.newPhone();
    const stage = 'pair_device_sign';
    await control.addFault({ stage, action: { type: 'hold', whenGone: 'drop' }, where: { phone } });
    await setup.service.pair('unheard');
    const { value: qr } = await setup.service.qr('unheard');
    const scan = control.scan({ phone, qr });
    expect(await control.holds({ stage }, 5_000)).toHaveLength(1);
    await setup.service.stopPairing('unheard');
    expect(await scan).toMatchObject({ paired: false });
    expect(await setup.service.status('unheard')).toMatchObject({ status: 'idle', authExists: true });

    const { unknown_device: before = 0 } = (await control.state()).refusals;
    await setup.restart();
    const atLeast = before + 1;
    expect(await control.waitFor({ kind: 'refusal', reason: 'unknown_device', atLeast }, 5_000)).toBe(true);
    await eventually(
      async () => !(await setup.service.status('unheard')).authExists,
      5_000,
      () => 'the credentials are still there',
    );
    expect(await setup.service.status('unheard')).toEqual({ accountId: 'unheard', ...GONE });
    expect(await setup.service.failure('unheard')).toBeNull();
    expect(await setup.service.listed('unheard')).toBeUndefined();
  });
});

describe('a disconnect that WhatsApp did not confirm', () => {
  const NAMES = ['refused', 'cut-off', 'stopped-later', 'linked-again'];

  async function expectUnconfirmed(accountId: string): Promise<void> {
    expect(await setup.service.status(accountId)).toEqual({ accountId, ...GONE });
    expect(await setup.service.failure(accountId)).toEqual(UNCONFIRMED);
    expect(await setup.service.listed(accountId)).toMatchObject({
      ...GONE,
      linkedAt: null,
      lastError: UNCONFIRMED,
    });
  }

  it('an unconfirmed disconnect is reported with the account, and no secret is kept', async () => {
    const { control } = setup.simulator;
    const accounts = await Promise.all(
      NAMES.map(async (name) => [name, await linkWithSecrets(name)] as const),
    );
    for (const [name, { phone, identityKey }] of accounts) {
      const refused = { type: 'query_error', code: 500 } as const;
      const action = name === 'refused' ? refused : ({ type: 'cut' } as const);
      await control.addFault({ stage: 'logout', action, where: { phone } });
      expect((await setup.service.disconnect(name)).body).toEqual({ ok: true, accountId: name });
      await expectUnconfirmed(name);
      expect(await setup.device(phone)).toBeDefined();
      const bytes = await storeBytes(setup.dataDir);
      expect([identityKey, phone].map((secret) => bytes.includes(secret))).toEqual([false, false]);
    }
  });

  it('a disconnect of an unreachable account is reported as unconfirmed within 10 s', async () => {
    const phone = await setup.link('unreachable');
    await setup.restart('stop', { server: NO_SERVER });
    const started = performance.now();
    expect((await setup.service.disconnect('unreachable')).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(timeLimitSince(started, 10_000));
    await expectUnconfirmed('unreachable');
    expect(await setup.device(phone)).toBeDefined();
  });

  it('an unconfirmed disconnect is still reported after a restart, until the account is stopped or linked again', async () => {
    await setup.restart();
    for (const name of [...NAMES, 'unreachable']) await expectUnconfirmed(name);
    // A shown code does not link the account.
    await setup.service.pair('refused');
    await setup.service.qr('refused');
    for (const name of ['stopped-later', 'cut-off']) await setup.service.stopPairing(name);
    await setup.link('linked-again');
    const over = ['stopped-later', 'cut-off', 'linked-again'];
    for (const name of over) expect(await setup.service.failure(name)).toBeNull();
    expect(await setup.service.listed('stopped-later')).toBeUndefined();
    expect((await setup.service.disconnect('linked-again')).status).toBe(200);
    await setup.restart();
    for (const name of over) {
      expect(await setup.service.failure(name)).toBeNull();
      expect(await setup.service.listed(name)).toBeUndefined();
    }
    await expectUnconfirmed('refused');
    await expectUnconfirmed('unreachable');
  });
});
