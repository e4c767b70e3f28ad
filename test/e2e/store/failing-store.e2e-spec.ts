import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { STAYS_DOWN } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create({ timings: STAYS_DOWN });
});
afterEach(async () => {
  await setup.service.breakStore({});
});
afterAll(() => setup.close());

const failure = (code: string) => ({
  code,
  message: expect.any(String) as unknown,
  userAction: 'contact_operator',
});

describe('a failing store', () => {
  it('a store that cannot be written fails the call and not the scan, and no pairing slot stays taken', async () => {
    await setup.service.breakStore({ saveSetting: true });
    for (let round = 0; round < 12; round += 1) {
      const { status, body } = await setup.service.pair(`unwritable-${round}`);
      expect([status, body]).toEqual([500, expect.objectContaining({ code: 'storage_failed' })]);
    }
    await setup.service.breakStore({});
    expect((await setup.service.pair('unwritable-0')).status).toBe(200);
    await setup.service.stopPairing('unwritable-0');
  });

  it('a store that fails at the acceptance ends the pairing, and the phone shows no device', async () => {
    await setup.service.pair('not-stored');
    const { value } = await setup.service.qr('not-stored');
    await setup.service.breakStore({ write: true });
    const phone = setup.newPhone();
    expect(await setup.simulator.control.scan({ phone, qr: value, waitMs: 3_000 })).toMatchObject({
      paired: false,
    });
    expect(await setup.service.fails('not-stored')).toEqual(failure('storage_failed'));
    expect(await setup.service.status('not-stored')).toMatchObject({ authExists: false });
    const { devices } = await setup.simulator.control.state();
    expect(devices.filter((device) => device.phone === phone)).toEqual([]);
    await setup.service.breakStore({});
    await setup.link('not-stored', phone);
  });

  it('a store that fails at a disconnect is reported, the status stays true, and the call can be repeated', async () => {
    await setup.link('undeletable');
    await setup.service.breakStore({ erase: true });
    const { status, body } = await setup.service.disconnect('undeletable');
    expect([status, body]).toEqual([500, expect.objectContaining({ code: 'storage_failed' })]);
    expect(await setup.service.status('undeletable')).toMatchObject({
      authExists: true,
      serviceConnected: false,
    });
    await setup.service.breakStore({});
    expect((await setup.service.disconnect('undeletable')).status).toBe(200);
    expect(await setup.service.status('undeletable')).toMatchObject({ status: 'idle', authExists: false });
  });

  it('unreadable credentials are a conflict, and stay stored', async () => {
    const phone = await setup.link('unreadable');
    await setup.simulator.control.act({ type: 'cut' }, { phone });
    await setup.service.reaches('unreadable', 'idle');
    await setup.service.breakStore({ corrupt: true });
    const { status, body } = await setup.service.pair('unreadable');
    expect([status, body]).toEqual([409, expect.objectContaining({ code: 'auth_state_corrupt' })]);
    expect(await setup.service.status('unreadable')).toMatchObject({ status: 'error', authExists: true });
    await setup.service.breakStore({});
    await setup.service.pair('unreadable');
    await setup.service.reaches('unreadable', 'connected');
  });
});

describe('a socket that cannot be created', () => {
  it('a socket that cannot be created fails the call at once, and no pairing slot stays taken', async () => {
    await setup.service.breakStore({ openSocket: true });
    for (let round = 0; round < 12; round += 1) {
      const { status, body } = await setup.service.pair(`no-socket-${round}`);
      expect([status, body]).toEqual([500, expect.objectContaining({ code: 'session_start_failed' })]);
    }
    expect(await setup.service.fails('no-socket-0')).toEqual(failure('session_start_failed'));
    await setup.service.breakStore({});
    expect((await setup.service.pair('no-socket-0')).status).toBe(200);
    await setup.service.stopPairing('no-socket-0');
  });
});
