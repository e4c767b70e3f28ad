import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { STAYS_DOWN } from '../../support/processes/service-timings.js';
import {
  eraseBytes,
  foundIn,
  identityKeyOf,
  storeBytes,
  storedValues,
} from '../../support/secrets/store-bytes.js';
import { World } from '../../support/processes/world.js';

let world: World;

beforeAll(async () => {
  world = await World.create({ timings: STAYS_DOWN });
});
afterEach(async () => {
  await world.simulator.control.removeFault();
});
afterAll(() => world.close());

describe('a linked account', () => {
  it('is still known after a restart, and comes back without a call or a scan', async () => {
    const phone = await world.link('kept');
    await world.restart();
    expect(await world.service.status('kept')).toMatchObject({ authExists: true });
    expect(await world.service.reaches('kept', 'connected')).toEqual({
      accountId: 'kept',
      status: 'connected',
      authExists: true,
      serviceConnected: true,
      servicePhone: phone,
    });
    const state = await world.simulator.control.state();
    expect(state.devices.find((device) => device.phone === phone)?.logins).toBe(2);
    expect(state.counters.takeovers).toBe(0);
  });

  it('survives SIGKILL', async () => {
    const phone = await world.link('killed');
    await world.restart('kill');
    expect(await world.service.reaches('killed', 'connected')).toMatchObject({ servicePhone: phone });
  });

  it('is idle after a drop, with its credentials, and comes back at once when it is called for', async () => {
    const phone = await world.link('dropped');
    await world.simulator.control.act({ type: 'cut' }, { phone });
    expect(await world.service.reaches('dropped', 'idle')).toMatchObject({ authExists: true });
    await world.service.pair('dropped');
    await world.service.reaches('dropped', 'connected');
  });

  it('that was removed on the phone says so, and its credentials are gone', async () => {
    const phone = await world.link('removed');
    await world.simulator.control.removeDevices(phone);
    expect(await world.service.reaches('removed', 'error')).toMatchObject({ authExists: false });
    expect((await world.service.view('removed')).body).toMatchObject({
      error: { code: 'unlinked_by_phone', userAction: 'scan_again' },
    });
  });

  it('that was removed on the phone while it was down shows a fresh code in the same session', async () => {
    const phone = await world.link('removed-meanwhile');
    await world.simulator.control.act({ type: 'cut' }, { phone });
    await world.service.reaches('removed-meanwhile', 'idle');
    await world.simulator.control.removeDevices(phone);
    expect((await world.service.pair('removed-meanwhile')).body).toMatchObject({ status: 'pending' });
    const { value } = await world.service.qr('removed-meanwhile');
    expect(await world.service.status('removed-meanwhile')).toMatchObject({
      status: 'pending',
      authExists: false,
    });
    expect(await world.simulator.control.scan({ phone, qr: value })).toMatchObject({ paired: true });
    await world.service.reaches('removed-meanwhile', 'connected');
  });

  it('that was replaced elsewhere does not fight, keeps its credentials, and remembers why over a restart', async () => {
    const phone = await world.link('replaced');
    await world.simulator.control.act({ type: 'stream_error', conflict: 'replaced' }, { phone });
    expect(await world.service.reaches('replaced', 'error')).toMatchObject({ authExists: true });
    await world.restart();
    expect(await world.service.status('replaced')).toMatchObject({ status: 'error', authExists: true });
    expect((await world.service.view('replaced')).body).toMatchObject({ error: { code: 'replaced' } });
    await world.service.pair('replaced');
    await world.service.reaches('replaced', 'connected');
  });

  it('stays known as error until stop clears it, also over a restart', async () => {
    const phone = await world.link('cleared');
    await world.simulator.control.act({ type: 'stream_error', conflict: 'replaced' }, { phone });
    await world.service.reaches('cleared', 'error');
    await world.service.stopPairing('cleared');
    expect(await world.service.status('cleared')).toMatchObject({ status: 'idle', authExists: true });
    await world.restart();
    // Those that come back by themselves are there, and it is none of them.
    await world.service.reaches('kept', 'connected');
    expect(await world.service.status('cleared')).toMatchObject({ status: 'idle', authExists: true });
    const { devices } = await world.simulator.control.state();
    expect(devices.find((device) => device.phone === phone)).toMatchObject({ logins: 1 });
  });
});

describe('the store', () => {
  it('holds no byte of the credentials and keys of an account that was disconnected, in any file', async () => {
    const phone = await world.link('secret');
    const stored = await storedValues(world.dataDir);
    const before = await storeBytes(world.dataDir);
    await world.service.disconnect('secret');
    const left = await storedValues(world.dataDir);
    const gone = new Map([...stored].filter(([name]) => name.startsWith('auth_state_') && !left.has(name)));
    expect(gone.size).toBeGreaterThan(800);
    gone.set('the phone', Buffer.from(phone));
    expect(foundIn(before, gone)).toEqual([...gone.keys()]);
    const after = await storeBytes(world.dataDir);
    expect(foundIn(after, gone)).toEqual([]);
    expect(foundIn(after, left)).toEqual([...left.keys()]);
  });

  it('keeps damaged credentials as they are, names them, and disconnect clears them', async () => {
    await world.service.pair('damaged');
    const { value } = await world.service.qr('damaged');
    await world.simulator.control.scan({ phone: world.newPhone(), qr: value });
    await world.service.reaches('damaged', 'connected');
    await world.service.stop();
    expect(await eraseBytes(world.dataDir, identityKeyOf(value))).toBeGreaterThan(0);
    await world.restart();
    expect(await world.service.status('damaged')).toMatchObject({ status: 'error', authExists: true });
    expect((await world.service.view('damaged')).body).toMatchObject({
      error: { code: 'auth_state_corrupt' },
    });
    expect(world.service.output).toContain('damaged: the stored credentials cannot be read');
    const refused = await world.service.pair('damaged');
    expect([refused.status, refused.body]).toEqual([
      409,
      expect.objectContaining({ code: 'auth_state_corrupt' }),
    ]);
    expect((await world.service.disconnect('damaged')).status).toBe(200);
    expect(await world.service.status('damaged')).toMatchObject({ status: 'idle', authExists: false });
    await world.link('damaged');
  });

  it('belongs to one service at a time, and to the next one as soon as the first is gone', async () => {
    const second = World.create({ dataDir: world.dataDir, environment: {} });
    const stopped = world.service.stop();
    const other = await second;
    await stopped;
    expect((await other.service.status('kept')).authExists).toBe(true);
    await other.service.stop();
    await other.simulator.stop();
    await world.restart();
  });
});
