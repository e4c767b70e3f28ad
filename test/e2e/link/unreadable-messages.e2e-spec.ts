import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CounterName } from '../../../simulator/server/metrics.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

const STATUS = 'status@broadcast';
const NEWSLETTER = '120363000000000001@newsletter';
const STRANGER = '4917099999999@s.whatsapp.net';
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
beforeEach(() => setup.simulator.control.removeFault());

const phoneOf = (accountId: string): string => phones[accountId] as string;

async function counter(name: CounterName): Promise<number> {
  return (await setup.simulator.control.state()).counters[name];
}

async function unreadable(): Promise<unknown> {
  return (await setup.service.listed(RECEIVER))?.unreadableMessages;
}

const receives = (text: string): Promise<void> => setup.service.receives(RECEIVER, text);

/** Sends a readable message, and waits until it has arrived: everything before it is acknowledged then. */
async function sendReadable(): Promise<void> {
  const send = `text ${(texts += 1)}`;
  await setup.service.errand({ accountId: SENDER, send, toPhone: phoneOf(RECEIVER) });
  await receives(send);
}

describe('messages that cannot be read', () => {
  it.each([
    ['a status update with an unknown sender key', { from: STATUS, participant: STRANGER, enc: 'skmsg' }],
    ['a status update with an unknown session', { from: STATUS, participant: STRANGER, enc: 'msg' }],
    ['a status update with an unknown pre-key', { from: STATUS, participant: STRANGER, enc: 'pkmsg' }],
    ['a status update without an author', { from: STATUS, enc: 'skmsg' }],
    ['a status update of an unknown type', { from: STATUS, participant: STRANGER, enc: 'msmsg' }],
    ['a status update of a type to come', { from: STATUS, participant: STRANGER, enc: 'xmsg' }],
    ['an encrypted newsletter', { from: NEWSLETTER, enc: 'skmsg' }],
  ])('%s is acknowledged without an error and without a retry, and counted', async (_name, message) => {
    const [nacks, retries, before] = [
      await counter('nacks'),
      await counter('retryReceipts'),
      await unreadable(),
    ];
    await setup.simulator.control.deliverForeign({ phone: phoneOf(RECEIVER), ...message });
    await setup.simulator.control.waitFor({ kind: 'waiting', phone: phoneOf(RECEIVER), messages: 0 }, 10_000);
    await sendReadable();
    expect([await counter('nacks'), await counter('retryReceipts')]).toEqual([nacks, retries]);
    expect(await unreadable()).toBe(Number(before) + 1);
    expect(await setup.service.listed(RECEIVER)).toMatchObject({ cannotReadMessages: false });
  });

  it('messages behind unreadable status updates that waited while the account was offline arrive', async () => {
    const { control } = setup.simulator;
    const hold = await control.addFault({
      stage: 'login_success',
      action: { type: 'hold' },
      where: { phone: phoneOf(RECEIVER) },
    });
    await control.act({ type: 'cut' }, { phone: phoneOf(RECEIVER) });
    await control.holds({ stage: 'login_success' }, 10_000);
    for (let count = 0; count < 3; count += 1) {
      await control.deliverForeign({
        phone: phoneOf(RECEIVER),
        from: STATUS,
        participant: STRANGER,
        enc: 'skmsg',
      });
    }
    const send = `offline ${(texts += 1)}`;
    await setup.service.errand({ accountId: SENDER, send, toPhone: phoneOf(RECEIVER) });
    await control.removeFault(hold.id);
    await control.release({ stage: 'login_success' });
    await receives(send);
    expect(await counter('broadcastNacks')).toBe(0);
  });

  it('a readable status update and a newsletter message arrive as before', async () => {
    const before = await unreadable();
    const status = `status ${(texts += 1)}`;
    await setup.service.errand({ accountId: SENDER, status, toPhones: [phoneOf(RECEIVER)] });
    await receives(status);
    const text = `newsletter ${(texts += 1)}`;
    await setup.simulator.control.deliverForeign({ phone: phoneOf(RECEIVER), from: NEWSLETTER, text });
    await receives(text);
    await sendReadable();
    expect(await unreadable()).toBe(before);
    expect(await counter('broadcastNacks')).toBe(0);
  });

  it('an unreadable message of a user is answered with a retry receipt and an error, as before, and counted', async () => {
    const [nacks, retries, before] = [
      await counter('nacks'),
      await counter('retryReceipts'),
      await unreadable(),
    ];
    await setup.simulator.control.deliverForeign({ phone: phoneOf(RECEIVER), from: STRANGER });
    await setup.simulator.control.waitFor({ kind: 'counter', name: 'nacks', atLeast: nacks + 1 }, 10_000);
    expect(await counter('retryReceipts')).toBe(retries + 1);
    expect(await unreadable()).toBe(Number(before) + 1);
  });

  it('an account that can read no message is reported, until it reads one or is linked again', async () => {
    const { control } = setup.simulator;
    const deaf = async (): Promise<unknown> => (await setup.service.listed(RECEIVER))?.cannotReadMessages;
    const nacks = await counter('nacks');
    await sendReadable();
    for (let count = 1; count <= 5; count += 1) {
      expect(await deaf()).toBe(false);
      await control.deliverForeign({ phone: phoneOf(RECEIVER), from: STRANGER, enc: 'msg' });
      await control.waitFor({ kind: 'counter', name: 'nacks', atLeast: nacks + count }, 10_000);
    }
    expect(await deaf()).toBe(true);
    expect(setup.service.output.match(/receiver: no message of the account can be read/g)).toHaveLength(1);
    await sendReadable();
    expect(await deaf()).toBe(false);
  });
});
