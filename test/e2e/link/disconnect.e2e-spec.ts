import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { STAYS_DOWN } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create({ timings: STAYS_DOWN });
});
afterEach(async () => {
  await setup.simulator.control.removeFault();
});
afterAll(() => setup.close());

const devicesOf = async (phone: string) =>
  (await setup.simulator.control.state()).devices.filter((device) => device.phone === phone);

/** Expects the error in the account's status, and a log line of level warn, because the user must act. */
async function expectUnconfirmed(accountId: string): Promise<void> {
  expect((await setup.service.view(accountId)).body).toMatchObject({
    status: 'idle',
    error: { code: 'logout_unconfirmed', userAction: 'remove_on_phone' },
  });
  const line = new RegExp(`WARN: .*${accountId} #\\d+: disconnected without confirmation: .*on the phone`);
  // The line may arrive after the answer: it comes through a pipe of its own.
  await eventually(
    () => line.test(setup.service.output),
    2_000,
    () => `the log has no line that matches ${line.source}`,
  );
}

const GONE = { status: 'idle', authExists: false, serviceConnected: false, servicePhone: null };

describe('POST /disconnect', () => {
  it('disconnecting an account that was never linked answers ok', async () => {
    const { status, body } = await setup.service.disconnect('never');
    expect([status, body]).toEqual([200, { ok: true, accountId: 'never' }]);
  });

  it('disconnecting logs out at WhatsApp, deletes everything, and does not affect other accounts', async () => {
    const [phone, other] = [await setup.link('leaving'), await setup.link('staying')];
    expect((await setup.service.disconnect('leaving')).body).toEqual({ ok: true, accountId: 'leaving' });
    expect(await setup.service.status('leaving')).toEqual({ accountId: 'leaving', ...GONE });
    expect(await devicesOf(phone)).toEqual([]);
    expect(await devicesOf(other)).toHaveLength(1);
    expect(await setup.service.status('staying')).toMatchObject({ status: 'connected' });
  });

  it('disconnecting ends a pairing, and its code links nothing afterwards', async () => {
    await setup.service.pair('pairing');
    const { value } = await setup.service.qr('pairing');
    expect((await setup.service.disconnect('pairing')).status).toBe(200);
    expect(await setup.service.status('pairing')).toEqual({ accountId: 'pairing', ...GONE });
    const phone = setup.newPhone();
    expect(await setup.simulator.control.scan({ phone, qr: value })).toMatchObject({ paired: false });
  });

  it('disconnecting a linked account without a connection connects it to log out', async () => {
    const phone = await setup.link('offline');
    await setup.simulator.control.act({ type: 'cut' }, { phone });
    await setup.service.reaches('offline', 'idle');
    expect(await setup.service.status('offline')).toMatchObject({ authExists: true, servicePhone: null });
    expect((await setup.service.disconnect('offline')).status).toBe(200);
    expect(await devicesOf(phone)).toEqual([]);
    expect(await setup.service.status('offline')).toEqual({ accountId: 'offline', ...GONE });
  });

  it.each([
    ['stays silent', { type: 'silent' }],
    ['refuses', { type: 'query_error', code: 500 }],
    ['cuts the connection', { type: 'cut' }],
    ['freezes', { type: 'freeze' }],
  ] as const)('disconnecting is bounded and deletes everything when WhatsApp %s', async (name, action) => {
    const accountId = `logout-${name.replaceAll(' ', '-')}`;
    await setup.link(accountId);
    await setup.simulator.control.addFault({ stage: 'logout', action });
    const started = performance.now();
    expect((await setup.service.disconnect(accountId)).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(timeLimitSince(started, 5_000));
    expect(await setup.service.status(accountId)).toEqual({ accountId, ...GONE });
    await expectUnconfirmed(accountId);
  });

  it('disconnecting is bounded when WhatsApp cannot be reached for the logout', async () => {
    const phone = await setup.link('unreachable');
    await setup.simulator.control.act({ type: 'cut' }, { phone });
    await setup.service.reaches('unreachable', 'idle');
    await setup.simulator.control.addFault({ stage: 'upgrade', action: { type: 'silent' }, times: 'always' });
    const started = performance.now();
    expect((await setup.service.disconnect('unreachable')).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(timeLimitSince(started, 5_000));
    expect(await setup.service.status('unreachable')).toEqual({ accountId: 'unreachable', ...GONE });
    await expectUnconfirmed('unreachable');
  });

  it('disconnecting between acceptance and open logs out the device that the phone already shows', async () => {
    await setup.simulator.control.addFault({ stage: 'stream_restart', action: { type: 'silent' } });
    await setup.service.pair('accepted');
    const phone = setup.newPhone();
    const { value } = await setup.service.qr('accepted');
    expect(await setup.simulator.control.scan({ phone, qr: value })).toMatchObject({ paired: true });
    expect((await setup.service.disconnect('accepted')).status).toBe(200);
    expect(await devicesOf(phone)).toEqual([]);
    expect(await setup.service.status('accepted')).toEqual({ accountId: 'accepted', ...GONE });
  });

  it('a disconnected phone can be linked again', async () => {
    const phone = await setup.link('returning');
    await setup.service.disconnect('returning');
    await setup.link('returning', phone);
    expect(await devicesOf(phone)).toHaveLength(1);
  });
});
