import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { storeBytes } from '../../support/secrets/store-bytes.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const SENDER = 'sender';
const RECEIVER = 'receiver';

let setup: TestEnvironment;
let phones: Record<string, string>;
let texts = 0;

beforeAll(async () => {
  setup = await TestEnvironment.create();
  phones = await setup.linkAll([SENDER, RECEIVER]);
}, 60_000);
afterAll(() => setup.close());
afterEach(() => setup.simulator.control.removeFault());

const phoneOf = (accountId: string): string => phones[accountId] as string;

/** Sends a text that the server does not deliver. @returns the text */
async function sendUndelivered(): Promise<string> {
  const where = { phone: phoneOf(RECEIVER) };
  await setup.simulator.control.addFault({
    stage: 'delivery',
    action: { type: 'silent' },
    where,
    times: 'always',
  });
  const send = `The secret text number ${(texts += 1)}.`;
  await setup.service.errand({ accountId: SENDER, send, toPhone: phoneOf(RECEIVER) });
  return send;
}

/** Makes the receiver request every undelivered message again. */
async function requestAgain(): Promise<void> {
  await setup.simulator.control.removeFault();
  expect(await setup.simulator.control.requestAgain(phoneOf(RECEIVER))).toBeGreaterThan(0);
}

const receives = (text: string): Promise<void> => setup.service.receives(RECEIVER, text);

async function isInStore(text: string): Promise<boolean> {
  return (await storeBytes(setup.dataDir)).includes(text);
}

describe('a message that its recipient requests again', () => {
  it('the message is sent again on the same connection', async () => {
    const text = await sendUndelivered();
    await requestAgain();
    await receives(text);
  });

  it('the message is sent again after a reconnect', async () => {
    const text = await sendUndelivered();
    const logins = (await setup.device(phoneOf(SENDER)))?.logins ?? 0;
    await setup.simulator.control.act({ type: 'cut' }, { phone: phoneOf(SENDER) });
    await setup.isBack(SENDER, phoneOf(SENDER), logins + 1);
    await requestAgain();
    await receives(text);
  });

  it.each(['stop', 'kill'] as const)(
    'the message is sent again after a restart of the service (%s)',
    async (how) => {
      const text = await sendUndelivered();
      await setup.restart(how);
      for (const accountId of [SENDER, RECEIVER]) await setup.service.reaches(accountId, 'connected');
      await requestAgain();
      await receives(text);
    },
  );

  it('the message is not sent again after a day', async () => {
    const text = await sendUndelivered();
    await setup.restart();
    for (const accountId of [SENDER, RECEIVER]) await setup.service.reaches(accountId, 'connected');
    await setup.service.shiftClock(DAY_MS + 60_000);
    const { messages } = (await setup.simulator.control.state()).counters;
    await requestAgain();
    // The answer to the receipt has been sent when a later message has arrived.
    const send = `later ${(texts += 1)}`;
    await setup.service.errand({ accountId: SENDER, send, toPhone: phoneOf(RECEIVER) });
    await receives(send);
    expect((await setup.simulator.control.state()).counters.messages).toBe(messages + 1);
    expect(await setup.service.texts(RECEIVER)).not.toContain(text);
    await setup.service.shiftClock(0);
  });

  it('no sent message is left in the files of the store after the account was disconnected', async () => {
    const text = await sendUndelivered();
    expect(await isInStore(text)).toBe(true);
    await setup.service.disconnect(SENDER);
    expect(await isInStore(text)).toBe(false);
  });
});
