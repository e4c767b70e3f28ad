import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SqliteConfigRepository } from '../../../src/storage/sqlite/stores/sqlite-config.repository.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { accountId } from '../../../src/whatsapp/domain/account-id.js';
import type { Connector } from '../../../src/whatsapp/domain/connector.js';
import { World } from '../../support/processes/world.js';

let world: World;

beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());

/** What stands in the saved config; the service is stopped for it, and started again. */
async function connectors(...names: string[]): Promise<(Connector | null)[]> {
  await world.service.stop();
  const database = await SqliteDatabase.open({ dataDirectory: world.dataDir });
  const config = new SqliteConfigRepository(database);
  const found = await Promise.all(names.map((name) => config.find(accountId(name))));
  await database.close();
  await world.restart();
  return found;
}

describe('the saved config', () => {
  it('holds the connector of a linked account, says when it was open first and last, and loses it at disconnect', async () => {
    const phone = await world.link('kept');
    await world.link('left');
    const [kept, left, never] = await connectors('kept', 'left', 'never');
    expect(kept).toMatchObject({ accountId: 'kept', phone, lastError: null, parked: null });
    expect(kept?.confirmedAt?.getTime()).toBeGreaterThanOrEqual(kept?.linkedAt.getTime() ?? Infinity);
    expect(kept?.lastConnectedAt).toEqual(kept?.confirmedAt);
    expect(left).not.toBeNull();
    expect(never).toBeNull();

    await world.service.reaches('kept', 'connected');
    await world.service.disconnect('left');
    const [again, gone] = await connectors('kept', 'left');
    expect(again?.confirmedAt).toEqual(kept?.confirmedAt);
    expect(again?.lastConnectedAt?.getTime()).toBeGreaterThan(kept?.lastConnectedAt?.getTime() ?? Infinity);
    expect(gone).toBeNull();
  });

  it('does not call a device confirmed before its connection was open', async () => {
    const { control } = world.simulator;
    const phone = world.newPhone();
    await control.addFault({ stage: 'login_success', action: { type: 'hold' }, where: { phone } });
    await world.service.pair('unconfirmed');
    const { value } = await world.service.qr('unconfirmed');
    expect(await control.scan({ phone, qr: value })).toMatchObject({ paired: true });
    expect(await control.holds({ stage: 'login_success' }, 5_000)).toHaveLength(1);
    const [unconfirmed] = await connectors('unconfirmed');
    expect(unconfirmed).toMatchObject({ phone, confirmedAt: null, lastConnectedAt: null });
  });

  it('remembers that an account must not reconnect by itself, until it is connected again', async () => {
    const phone = await world.link('parked');
    await world.simulator.control.act({ type: 'stream_error', conflict: 'replaced' }, { phone });
    await world.service.reaches('parked', 'error');
    const [parked] = await connectors('parked');
    expect(parked).toMatchObject({ parked: { until: null }, lastError: { code: 'replaced' } });
    await world.service.pair('parked');
    await world.service.reaches('parked', 'connected');
    const [back] = await connectors('parked');
    expect(back).toMatchObject({ parked: null, lastError: null });
  });
});
