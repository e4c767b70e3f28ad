import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

/** Baileys alone holds events for 30 s. The limit of 5 s has reserves for a slow machine. */
const BEFORE_BAILEYS_MS = 25_000;

let setup: TestEnvironment;
let phones: Record<string, string>;

beforeAll(async () => {
  setup = await TestEnvironment.create();
  phones = await setup.linkAll(['sender', 'receiver']);
}, 60_000);
afterAll(() => setup.close());

const phoneOf = (accountId: string): string => phones[accountId] as string;

describe('messages that waited while the account was offline', () => {
  it('a receipted message reaches the host in time, although WhatsApp does not announce the end of the messages', async () => {
    const { control } = setup.simulator;
    const where = { phone: phoneOf('receiver') };
    await control.addFault({ stage: 'login_success', action: { type: 'hold' }, where });
    await control.addFault({ stage: 'offline_end', action: { type: 'silent' }, where });
    await control.act({ type: 'cut' }, where);
    await control.holds({ stage: 'login_success' }, 10_000);
    await setup.service.errand({ accountId: 'sender', send: 'while you were away', toPhone: where.phone });
    await control.release({ stage: 'login_success' });
    await control.waitFor({ kind: 'waiting', phone: where.phone, messages: 0 }, 20_000);
    const receiptedAt = performance.now();
    await eventually(
      async () => (await setup.service.texts('receiver')).includes('while you were away'),
      BEFORE_BAILEYS_MS,
      () => 'the message has not reached the host',
    );
    expect(performance.now() - receiptedAt).toBeLessThan(BEFORE_BAILEYS_MS);
  });

  it('a receipted message reaches the host when the connection breaks before the end of the messages', async () => {
    const { control } = setup.simulator;
    const where = { phone: phoneOf('receiver') };
    await control.addFault({ stage: 'login_success', action: { type: 'hold' }, where });
    await control.addFault({ stage: 'offline_end', action: { type: 'silent' }, where });
    await control.act({ type: 'cut' }, where);
    await control.holds({ stage: 'login_success' }, 10_000);
    await setup.service.errand({ accountId: 'sender', send: 'before the break', toPhone: where.phone });
    await control.release({ stage: 'login_success' });
    await control.waitFor({ kind: 'waiting', phone: where.phone, messages: 0 }, 20_000);
    await control.act({ type: 'cut' }, where);
    await eventually(
      async () => (await setup.service.texts('receiver')).includes('before the break'),
      BEFORE_BAILEYS_MS,
      () => 'the message has not reached the host',
    );
  });
});
