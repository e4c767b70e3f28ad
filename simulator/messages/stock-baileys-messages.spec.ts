import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StockBaileysProcess } from '../testing/stock-baileys-process.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';

const ANNA = '4915112345678';
const BERT = '4915187654321';
const STRANGER = '4915100000000';
const TIMEOUT_MS = 5_000;
/** Baileys' WAMessageStatus. */
const ERROR = 0;

const jid = (phone: string): string => `${phone}@s.whatsapp.net`;

describe('messages between unmodified Baileys clients', () => {
  let simulator: WhatsappSimulator;
  let anna: StockBaileysProcess;
  let bert: StockBaileysProcess;
  let bertsSecond: StockBaileysProcess;

  async function link(phone: string): Promise<StockBaileysProcess> {
    const baileys = new StockBaileysProcess(simulator.url);
    const { qr = '' } = await baileys.next((event) => event.qr !== undefined);
    await simulator.scan({ qr, phone });
    await baileys.waitForOpen();
    return baileys;
  }

  beforeAll(async () => {
    simulator = await WhatsappSimulator.start();
    [anna, bert] = await Promise.all([link(ANNA), link(BERT)]);
    bertsSecond = await link(BERT);
  });

  afterAll(async () => {
    for (const baileys of [anna, bert, bertsSecond]) baileys.kill();
    await simulator.stop();
  });

  it('messages arrive on all devices, in both directions, in new and in existing sessions', async () => {
    await anna.send(jid(BERT), 'one');
    const arrived = { text: 'one', chat: jid(ANNA), fromMe: false, type: 'notify', pushName: ANNA };
    expect(await bert.waitForMessage('one')).toEqual(arrived);
    expect(await bertsSecond.waitForMessage('one')).toEqual(arrived);
    await bert.send(jid(ANNA), 'two');
    expect(await anna.waitForMessage('two')).toMatchObject({ chat: jid(BERT), fromMe: false });
    expect(await bertsSecond.waitForMessage('two')).toMatchObject({ chat: jid(ANNA), fromMe: true });
    await anna.send(jid(BERT), 'three');
    expect(await bert.waitForMessage('three')).toMatchObject({ fromMe: false });
    expect(await bertsSecond.waitForMessage('three')).toMatchObject({ fromMe: false });
    expect(await simulator.waitFor({ kind: 'waiting', messages: 0 }, TIMEOUT_MS)).toBe(true);
  });

  it('a message to the own number arrives on the other device of the same phone', async () => {
    await bertsSecond.send(jid(BERT), 'note');
    expect(await bert.waitForMessage('note')).toMatchObject({ chat: jid(BERT), fromMe: true });
  });

  it('a message to a LID arrives', async () => {
    const { lid = '' } = simulator.state().devices.find(({ phone }) => phone === BERT) ?? {};
    await anna.send(lid.replace(/:\d+/, ''), 'by LID');
    expect(await bert.waitForMessage('by LID')).toMatchObject({
      chat: expect.stringMatching(/@lid$/),
      fromMe: false,
    });
  });

  it('messages for an offline device wait, and arrive after its next login', async () => {
    bert.command({ command: 'drop' });
    expect(await simulator.waitFor({ kind: 'active', phone: BERT, devices: 1 }, TIMEOUT_MS)).toBe(true);
    await anna.send(jid(BERT), 'while away');
    await anna.send(jid(BERT), 'and another');
    expect(await simulator.waitFor({ kind: 'waiting', phone: BERT, messages: 2 }, TIMEOUT_MS)).toBe(true);
    bert.command({ command: 'connect' });
    expect(await bert.waitForMessage('while away')).toMatchObject({ type: 'append', fromMe: false });
    expect(await bert.waitForMessage('and another')).toMatchObject({ type: 'append' });
    expect(await simulator.waitFor({ kind: 'waiting', messages: 0 }, TIMEOUT_MS)).toBe(true);
  });

  it('a message to a number without WhatsApp is refused', async () => {
    anna.command({ command: 'lookUp', phones: [STRANGER, BERT] });
    const { found } = await anna.next((event) => event.found !== undefined);
    expect(found).toEqual([{ jid: jid(BERT), exists: true }]);
    anna.command({ command: 'send', to: jid(STRANGER), text: 'hello?' });
    // Baileys merges the refusal into the message when it has not emitted the message yet.
    const refused = await anna.next(({ message, update }) => (message ?? update)?.status === ERROR);
    expect(refused).toBeDefined();
    expect(simulator.state().refusals).toEqual({ unknown_recipient: 1 });
  });

  it('each conversation uses a pre-key of its own, and the server knows every query', async () => {
    expect(await simulator.waitFor({ kind: 'waiting', messages: 0 }, TIMEOUT_MS)).toBe(true);
    const { counters, unknownQueries } = simulator.state();
    expect(unknownQueries).toEqual({});
    expect(counters).toMatchObject({ preKeysReused: 0, nacks: 0, retryReceipts: 0, stanzasLost: 0 });
    expect(counters.messagesAcknowledged).toBe(counters.messagesDelivered);
    expect(counters.receipts).toBeGreaterThanOrEqual(counters.messagesDelivered);
    for (const { jid: deviceJid } of simulator.state().devices) {
      const { handedOut } = simulator.preKeys(deviceJid);
      expect(new Set(handedOut).size).toBe(handedOut.length);
    }
  });
});
