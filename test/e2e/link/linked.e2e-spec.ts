import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { STAYS_DOWN } from '../../support/processes/service-timings.js';
import {
  eraseBytes,
  foundIn,
  identityKeyOf,
  storeBytes,
  storedValues,
} from '../../support/secrets/store-bytes.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create({ timings: STAYS_DOWN });
});
afterEach(async () => {
  await setup.simulator.control.removeFault();
});
afterAll(() => setup.close());

describe('a linked account', () => {
  it('a linked account reconnects after a restart without a call or a scan', async () => {
    const phone = await setup.link('kept');
    await setup.restart();
    expect(await setup.service.status('kept')).toMatchObject({ authExists: true });
    expect(await setup.service.reaches('kept', 'connected')).toEqual({
      accountId: 'kept',
      status: 'connected',
      authExists: true,
      serviceConnected: true,
      servicePhone: phone,
    });
    const state = await setup.simulator.control.state();
    expect(state.devices.find((device) => device.phone === phone)?.logins).toBe(2);
    expect(state.counters.takeovers).toBe(0);
  });

  it('a linked account survives SIGKILL', async () => {
    const phone = await setup.link('killed');
    await setup.restart('kill');
    expect(await setup.service.reaches('killed', 'connected')).toMatchObject({ servicePhone: phone });
  });

  it('an account whose connection dropped is idle with its credentials, and a call reconnects it at once', async () => {
    const phone = await setup.link('dropped');
    await setup.simulator.control.act({ type: 'cut' }, { phone });
    expect(await setup.service.reaches('dropped', 'idle')).toMatchObject({ authExists: true });
    await setup.service.pair('dropped');
    await setup.service.reaches('dropped', 'connected');
  });

  it('an account that was removed on the phone reports it, and its credentials are deleted', async () => {
    const phone = await setup.link('removed');
    await setup.simulator.control.removeDevices(phone);
    expect(await setup.service.reaches('removed', 'error')).toMatchObject({ authExists: false });
    expect((await setup.service.view('removed')).body).toMatchObject({
      error: { code: 'unlinked_by_phone', userAction: 'scan_again' },
    });
  });

  it('an account that was removed on the phone while down shows a new code in the same session', async () => {
    const phone = await setup.link('removed-meanwhile');
    await setup.simulator.control.act({ type: 'cut' }, { phone });
    await setup.service.reaches('removed-meanwhile', 'idle');
    await setup.simulator.control.removeDevices(phone);
    expect((await setup.service.pair('removed-meanwhile')).body).toMatchObject({ status: 'pending' });
    const { value } = await setup.service.qr('removed-meanwhile');
    expect(await setup.service.status('removed-meanwhile')).toMatchObject({
      status: 'pending',
      authExists: false,
    });
    expect(await setup.simulator.control.scan({ phone, qr: value })).toMatchObject({ paired: true });
    await setup.service.reaches('removed-meanwhile', 'connected');
  });

  it('an account that was replaced elsewhere stays down, keeps its credentials, and keeps its error over a restart', async () => {
    const phone = await setup.link('replaced');
    await setup.simulator.control.act({ type: 'stream_error', conflict: 'replaced' }, { phone });
    expect(await setup.service.reaches('replaced', 'error')).toMatchObject({ authExists: true });
    await setup.restart();
    expect(await setup.service.status('replaced')).toMatchObject({ status: 'error', authExists: true });
    expect((await setup.service.view('replaced')).body).toMatchObject({ error: { code: 'replaced' } });
    await setup.service.pair('replaced');
    await setup.service.reaches('replaced', 'connected');
  });

  it('an account stays in error until it is stopped, and stays cleared over a restart', async () => {
    const phone = await setup.link('cleared');
    await setup.simulator.control.act({ type: 'stream_error', conflict: 'replaced' }, { phone });
    await setup.service.reaches('cleared', 'error');
    await setup.service.stopPairing('cleared');
    expect(await setup.service.status('cleared')).toMatchObject({ status: 'idle', authExists: true });
    await setup.restart();
    // Accounts that reconnect automatically are back; this account is not one of them.
    await setup.service.reaches('kept', 'connected');
    expect(await setup.service.status('cleared')).toMatchObject({ status: 'idle', authExists: true });
    const { devices } = await setup.simulator.control.state();
    expect(devices.find((device) => device.phone === phone)).toMatchObject({ logins: 1 });
  });
});

describe('the store', () => {
  it('no file of the store holds credentials or keys of a disconnected account', async () => {
    const phone = await setup.link('secret');
    const stored = await storedValues(setup.dataDir);
    const before = await storeBytes(setup.dataDir);
    await setup.service.disconnect('secret');
    const left = await storedValues(setup.dataDir);
    const gone = new Map([...stored].filter(([name]) => name.startsWith('auth_state_') && !left.has(name)));
    expect(gone.size).toBeGreaterThan(800);
    gone.set('the phone', Buffer.from(phone));
    expect(foundIn(before, gone)).toEqual([...gone.keys()]);
    const after = await storeBytes(setup.dataDir);
    expect(foundIn(after, gone)).toEqual([]);
    expect(foundIn(after, left)).toEqual([...left.keys()]);
  });

  it('damaged credentials are kept and reported, and disconnect deletes them', async () => {
    await setup.service.pair('damaged');
    const { value } = await setup.service.qr('damaged');
    await setup.simulator.control.scan({ phone: setup.newPhone(), qr: value });
    await setup.service.reaches('damaged', 'connected');
    await setup.service.stop();
    expect(await eraseBytes(setup.dataDir, identityKeyOf(value))).toBeGreaterThan(0);
    await setup.restart();
    expect(await setup.service.status('damaged')).toMatchObject({ status: 'error', authExists: true });
    expect((await setup.service.view('damaged')).body).toMatchObject({
      error: { code: 'auth_state_corrupt' },
    });
    expect(setup.service.output).toContain('damaged: stored credentials cannot be read');
    const refused = await setup.service.pair('damaged');
    expect([refused.status, refused.body]).toEqual([
      409,
      expect.objectContaining({ code: 'auth_state_corrupt' }),
    ]);
    expect((await setup.service.disconnect('damaged')).status).toBe(200);
    expect(await setup.service.status('damaged')).toMatchObject({ status: 'idle', authExists: false });
    await setup.link('damaged');
  });

  it('the store belongs to one service at a time, and to the next one as soon as the first has stopped', async () => {
    const second = TestEnvironment.create({ dataDir: setup.dataDir }, setup);
    const stopped = setup.service.stop();
    const other = await second;
    await stopped;
    try {
      expect((await other.service.status('kept')).authExists).toBe(true);
    } finally {
      await other.service.stop();
    }
    await setup.restart();
  });
});
