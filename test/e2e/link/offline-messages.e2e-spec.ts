import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

/** The limit of the service, 5 s, and time for the messages between the processes. */
const LIMIT_MS = 6_000;

let setup: TestEnvironment;
let phones: Record<string, string>;

beforeAll(async () => {
  setup = await TestEnvironment.create();
  phones = await setup.linkAll(['sender', 'receiver']);
}, 60_000);
afterAll(() => setup.close());

const phoneOf = (accountId: string): string => phones[accountId] as string;

/** The account gets a message that waited while it was offline, but no end of the waiting messages. It is receipted. */
async function receiptsWithoutEnd(text: string): Promise<void> {
  const { control } = setup.simulator;
  const where = { phone: phoneOf('receiver') };
  await control.addFault({ stage: 'login_success', action: { type: 'hold' }, where });
  await control.addFault({ stage: 'offline_end', action: { type: 'silent' }, where });
  await control.act({ type: 'cut' }, where);
  await control.holds({ stage: 'login_success' }, 10_000);
  await setup.service.errand({ accountId: 'sender', send: text, toPhone: where.phone });
  await control.release({ stage: 'login_success' });
  await control.waitFor({ kind: 'waiting', phone: where.phone, messages: 0 }, 20_000);
}

describe('messages that waited while the account was offline', () => {
  it('a receipted message reaches the host in time, although WhatsApp does not announce the end of the messages', async () => {
    await receiptsWithoutEnd('while you were away');
    const receiptedAt = performance.now();
    await setup.service.receives('receiver', 'while you were away');
    expect(performance.now() - receiptedAt).toBeLessThan(timeLimitSince(receiptedAt, LIMIT_MS));
  });

  it('a receipted message reaches the host when the connection breaks before the end of the messages', async () => {
    await receiptsWithoutEnd('before the break');
    await setup.simulator.control.act({ type: 'cut' }, { phone: phoneOf('receiver') });
    await setup.service.receives('receiver', 'before the break');
  });
});
