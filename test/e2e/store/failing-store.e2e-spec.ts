import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { STAYS_DOWN } from '../../support/processes/service-timings.js';
import { World } from '../../support/processes/world.js';

let world: World;

beforeAll(async () => {
  world = await World.create({ timings: STAYS_DOWN });
});
afterEach(async () => {
  await world.service.breakStore({});
});
afterAll(() => world.close());

async function failureOf(accountId: string): Promise<unknown> {
  await world.service.reaches(accountId, 'error');
  const { body } = await world.service.view(accountId);
  return (body as { error: unknown }).error;
}

const failure = (code: string) => ({
  code,
  message: expect.any(String) as unknown,
  userAction: 'contact_operator',
});

describe('a store that fails', () => {
  it('is found at the call and not after the scan, and no place stays taken', async () => {
    await world.service.breakStore({ saveSetting: true });
    for (let round = 0; round < 12; round += 1) {
      const { status, body } = await world.service.pair(`unwritable-${round}`);
      expect([status, body]).toEqual([500, expect.objectContaining({ code: 'storage_failed' })]);
    }
    await world.service.breakStore({});
    expect((await world.service.pair('unwritable-0')).status).toBe(200);
    await world.service.stopPairing('unwritable-0');
  });

  it('at the moment of acceptance ends the pairing, and the phone shows no device', async () => {
    await world.service.pair('not-stored');
    const { value } = await world.service.qr('not-stored');
    await world.service.breakStore({ write: true });
    const phone = world.newPhone();
    expect(await world.simulator.control.scan({ phone, qr: value, waitMs: 3_000 })).toMatchObject({
      paired: false,
    });
    expect(await failureOf('not-stored')).toEqual(failure('storage_failed'));
    expect(await world.service.status('not-stored')).toMatchObject({ authExists: false });
    const { devices } = await world.simulator.control.state();
    expect(devices.filter((device) => device.phone === phone)).toEqual([]);
    await world.service.breakStore({});
    await world.link('not-stored', phone);
  });

  it('at disconnect is said, keeps the truth, and repeating is safe', async () => {
    await world.link('undeletable');
    await world.service.breakStore({ erase: true });
    const { status, body } = await world.service.disconnect('undeletable');
    expect([status, body]).toEqual([500, expect.objectContaining({ code: 'storage_failed' })]);
    expect(await world.service.status('undeletable')).toMatchObject({
      authExists: true,
      serviceConnected: false,
    });
    await world.service.breakStore({});
    expect((await world.service.disconnect('undeletable')).status).toBe(200);
    expect(await world.service.status('undeletable')).toMatchObject({ status: 'idle', authExists: false });
  });

  it('that gives out unreadable credentials is a conflict, and what it holds is kept as it is', async () => {
    const phone = await world.link('unreadable');
    await world.simulator.control.act({ type: 'cut' }, { phone });
    await world.service.reaches('unreadable', 'idle');
    await world.service.breakStore({ corrupt: true });
    const { status, body } = await world.service.pair('unreadable');
    expect([status, body]).toEqual([409, expect.objectContaining({ code: 'auth_state_corrupt' })]);
    expect(await world.service.status('unreadable')).toMatchObject({ status: 'error', authExists: true });
    await world.service.breakStore({});
    await world.service.pair('unreadable');
    await world.service.reaches('unreadable', 'connected');
  });
});

describe('a socket that cannot be made', () => {
  it('is said at once, and no place stays taken', async () => {
    await world.service.breakStore({ openSocket: true });
    for (let round = 0; round < 12; round += 1) {
      const { status, body } = await world.service.pair(`no-socket-${round}`);
      expect([status, body]).toEqual([500, expect.objectContaining({ code: 'session_start_failed' })]);
    }
    expect(await failureOf('no-socket-0')).toEqual(failure('session_start_failed'));
    await world.service.breakStore({});
    expect((await world.service.pair('no-socket-0')).status).toBe(200);
    await world.service.stopPairing('no-socket-0');
  });
});
