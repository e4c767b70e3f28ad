import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { StockBaileysProcess } from '../testing/stock-baileys-process.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';

const ANNA = '4915112345678';
const TIMEOUT_MS = 5_000;

const text = (conversation: string): string =>
  Buffer.from(proto.Message.encode({ conversation }).finish()).toString('base64');

describe('messages from the devices of an account to a linked device of unmodified Baileys', () => {
  let simulator: WhatsappSimulator;
  let baileys: StockBaileysProcess;

  beforeAll(async () => {
    simulator = await WhatsappSimulator.start();
    baileys = new StockBaileysProcess(simulator.url);
    const { qr = '' } = await baileys.next((event) => event.qr !== undefined);
    await simulator.scan({ qr, phone: ANNA });
    await baileys.waitForOpen();
  });

  afterAll(async () => {
    baileys.kill();
    await simulator.stop();
  });

  it('Baileys reads a message of the phone and acknowledges it', async () => {
    expect(simulator.sendOwn({ phone: ANNA, content: text('from the phone') })).toBe(1);
    expect(await baileys.waitForMessage('from the phone')).toMatchObject({ fromMe: true });
    expect(await simulator.waitFor({ kind: 'waiting', messages: 0 }, TIMEOUT_MS)).toBe(true);
  });

  it('Baileys reads messages of a companion, also by LID and one after the other', async () => {
    for (const [name, byLid] of [
      ['first', false],
      ['second', false],
      ['third', true],
    ] as const) {
      simulator.sendOwn({ phone: ANNA, sender: 7, byLid, content: text(name) });
      expect(await baileys.waitForMessage(name)).toMatchObject({ fromMe: true });
    }
    expect(simulator.state().counters).toMatchObject({ nacks: 0, retryReceipts: 0, stanzasLost: 0 });
  });

  it('an account without linked devices has no recipient', () => {
    expect(simulator.sendOwn({ phone: '4915100000001', content: text('to no device') })).toBe(0);
  });
});
