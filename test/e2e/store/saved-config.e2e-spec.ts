import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SqliteConfigRepository } from '../../../src/storage/sqlite/stores/sqlite-config.repository.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { accountId } from '../../../src/whatsapp/domain/account-id.js';
import type { Connector } from '../../../src/whatsapp/domain/account.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create();
});
afterAll(() => setup.close());

/** Reads the saved config. Stops the service for it and starts it again. */
async function connectors(...names: string[]): Promise<(Connector | null)[]> {
  await setup.service.stop();
  const database = await SqliteDatabase.open({ dataDirectory: setup.dataDir });
  const config = new SqliteConfigRepository(database);
  const found = await Promise.all(names.map((name) => config.find(accountId(name))));
  await database.close();
  await setup.restart();
  return found;
}

describe('the saved config', () => {
  it('the saved config has the connector of a linked account with its connection times, and loses it at a disconnect', async () => {
    const phone = await setup.link('kept');
    await setup.link('left');
    const [kept, left, never] = await connectors('kept', 'left', 'never');
    expect(kept).toMatchObject({ accountId: 'kept', phone, lastError: null, parked: null });
    expect(kept?.confirmedAt?.getTime()).toBeGreaterThanOrEqual(kept?.linkedAt.getTime() ?? Infinity);
    expect(kept?.lastConnectedAt).toEqual(kept?.confirmedAt);
    expect(left).not.toBeNull();
    expect(never).toBeNull();

    await setup.service.reaches('kept', 'connected');
    await setup.service.disconnect('left');
    const [again, gone] = await connectors('kept', 'left');
    expect(again?.confirmedAt).toEqual(kept?.confirmedAt);
    expect(again?.lastConnectedAt?.getTime()).toBeGreaterThan(kept?.lastConnectedAt?.getTime() ?? Infinity);
    expect(gone).toBeNull();
  });

  it('a device is not confirmed before its connection was open', async () => {
    const { control } = setup.simulator;
    const phone = setup.newPhone();
    await control.addFault({ stage: 'login_success', action: { type: 'hold' }, where: { phone } });
    await setup.service.pair('unconfirmed');
    const { value } = await setup.service.qr('unconfirmed');
    expect(await control.scan({ phone, qr: value })).toMatchObject({ paired: true });
    expect(await control.holds({ stage: 'login_success' }, 5_000)).toHaveLength(1);
    const [unconfirmed] = await connectors('unconfirmed');
    expect(unconfirmed).toMatchObject({ phone, confirmedAt: null, lastConnectedAt: null });
  });

  it('an account that must not reconnect automatically stays parked until it is connected again', async () => {
    const phone = await setup.link('parked');
    await setup.simulator.control.act({ type: 'stream_error', conflict: 'replaced' }, { phone });
    await setup.service.reaches('parked', 'error');
    const [parked] = await connectors('parked');
    expect(parked).toMatchObject({ parked: { until: null }, lastError: { code: 'replaced' } });
    await setup.service.pair('parked');
    await setup.service.reaches('parked', 'connected');
    const [back] = await connectors('parked');
    expect(back).toMatchObject({ parked: null, lastError: null });
  });
});
