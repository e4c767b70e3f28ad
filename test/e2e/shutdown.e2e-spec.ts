import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());

describe('shutting down', () => {
  it('ends waiting readers and every socket, keeps the links, and exits with 0 in good time', async () => {
    const phone = await world.link('kept');
    await world.service.pair('pairing');
    const { value } = await world.service.qr('pairing');
    const waiting = fetch(
      `${world.service.url}/api/whatsapp/pair/qr?accountId=pairing&format=json&waitMs=30000`,
      {
        headers: {
          'if-none-match':
            (
              await world.service.call('GET', '/api/whatsapp/pair/qr?accountId=pairing&format=json')
            ).headers.get('etag') ?? '',
        },
      },
    );
    const started = performance.now();
    const exited = world.service.stop();
    expect((await waiting).status).toBe(503);
    expect(await exited).toBe(0);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(await world.simulator.control.waitFor({ kind: 'sockets', open: 0 }, 3_000)).toBe(true);
    const { devices, counters } = await world.simulator.control.state();
    expect(devices.map((device) => device.phone)).toEqual([phone]);
    expect(counters.logouts).toBe(0);
    expect(await world.simulator.control.scan({ phone: world.newPhone(), qr: value })).toMatchObject({
      paired: false,
    });
    await world.restart();
    expect(await world.service.status('kept')).toMatchObject({ status: 'idle', authExists: true });
    expect(await world.service.status('pairing')).toMatchObject({ status: 'idle', authExists: false });
  });

  it('answers 503 to new calls while it waits for a network that is frozen, and waits no longer than it has to', async () => {
    const phone = await world.link('frozen');
    await world.simulator.control.act({ type: 'freeze' }, { phone });
    const started = performance.now();
    const exited = world.service.stop();
    let answer = await world.service.pair('late');
    while (answer.status === 200) answer = await world.service.pair('late');
    expect([answer.status, answer.body]).toEqual([503, expect.objectContaining({ code: 'shutting_down' })]);
    expect(await exited).toBe(0);
    expect(performance.now() - started).toBeLessThan(6_000);
    await world.restart();
    expect(await world.service.status('frozen')).toMatchObject({ authExists: true });
  });
});
