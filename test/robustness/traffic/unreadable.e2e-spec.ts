import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { BusyAccount } from './busy-account.js';

/** The service of the reader. The writer is an account of another service. */
let setup: TestEnvironment;
let elsewhere: TestEnvironment;
let reader: BusyAccount;
let writer: BusyAccount;

beforeAll(async () => {
  setup = await TestEnvironment.create();
  elsewhere = await TestEnvironment.create({}, setup);
  reader = new BusyAccount(setup, 'reader', await setup.link('reader'));
  writer = new BusyAccount(elsewhere, 'writer', await elsewhere.link('writer', '4915199999999'));
}, 60_000);
afterAll(async () => {
  await elsewhere.close();
  await setup.close();
});

describe('first message with a key that was lost in a crash', () => {
  it('a message with a lost key is requested again, and arrives', async () => {
    const { control } = setup.simulator;
    const { accountId, phone } = reader;
    await control.addFault({
      stage: 'query',
      action: { type: 'hold', whenGone: 'continue' },
      where: { phone },
    });
    const rotation = setup.service.errand({ accountId, rotateSignedPreKey: true }).catch(() => undefined);
    expect(await control.holds({ stage: 'query' }, 5_000)).toHaveLength(1);
    await setup.service.kill();
    await rotation;
    const text = await writer.say(reader);
    await control.waitFor({ kind: 'waiting', phone, messages: 1 }, 5_000);
    await setup.restart('kill');
    await setup.service.receives(accountId, text);
    expect((await control.state()).counters.retryReceipts).toBeGreaterThanOrEqual(1);
  }, 60_000);
});
