import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await World.create();
});
afterEach(async () => {
  await world.simulator.control.reset();
});
afterAll(() => world.close());

describe('pairing an account', () => {
  it('answers pending at once, shows a code, and is connected after the scan', async () => {
    const answer = await world.service.pair('sales');
    expect([answer.status, answer.body]).toEqual([200, { ok: true, accountId: 'sales', status: 'pending' }]);
    expect(await world.service.status('sales')).toEqual({
      accountId: 'sales',
      status: 'pending',
      authExists: false,
      serviceConnected: false,
      servicePhone: null,
    });
    const { value, sequence, of } = await world.service.qr('sales');
    expect([sequence, of]).toEqual([1, 6]);
    const phone = world.newPhone();
    expect(await world.simulator.control.scan({ phone, qr: value })).toMatchObject({ paired: true });
    expect(await world.service.reaches('sales', 'connected')).toEqual({
      accountId: 'sales',
      status: 'connected',
      authExists: true,
      serviceConnected: true,
      servicePhone: phone,
    });
  });
});
