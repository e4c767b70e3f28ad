import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Simulator } from '../../support/processes/simulator.js';
import { storeBytes } from '../../support/secrets/store-bytes.js';
import { ConsumerProcess } from './consumer-process.js';

const ANNA = '4915100000001';
const BERT = '4915100000002';
const GROUP = '120363000000000002@g.us';

let simulator: Simulator;
let consumer: ConsumerProcess;
let dataDirectory: string;

const link = (accountId: string, phone: string): Promise<void> => consumer.link(simulator, accountId, phone);

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'whatsapp-consumer-'));
  simulator = await Simulator.start();
  const { url: serverUrl, rootKeyHex: serverRootKey } = simulator;
  consumer = await ConsumerProcess.start({ dataDirectory, serverUrl, serverRootKey, keepsMessages: true });
  await Promise.all([link('anna', ANNA), link('bert', BERT)]);
}, 60_000);
afterAll(async () => {
  await consumer.stop();
  await simulator.stop();
  await rm(dataDirectory, { recursive: true, force: true });
});

describe('a host application that keeps its own messages', () => {
  it('a message that is requested again after a reconnect comes from the host, and the store has none', async () => {
    const { control } = simulator;
    const lost = { stage: 'delivery', action: { type: 'silent' }, where: { phone: BERT } } as const;
    await control.addFault({ ...lost, times: 'always' });
    const { body } = await consumer.send({ from: 'anna', to: BERT, text: 'a text that only the host keeps' });
    expect((await storeBytes(dataDirectory)).includes('a text that only the host keeps')).toBe(false);
    const { logins } = (await control.state()).counters;
    await control.act({ type: 'cut' }, { phone: ANNA });
    await control.waitFor({ kind: 'counter', name: 'logins', atLeast: logins + 1 }, 10_000);
    await consumer.reaches('anna', 'connected');
    await control.removeFault();
    expect(await control.requestAgain(BERT)).toBe(1);
    await consumer.received('bert', `from the host: anna ${String(body['id'])}`);
  });

  it('a message to a group uses the metadata of the host, and WhatsApp is not queried for it', async () => {
    await consumer.send({ from: 'anna', to: GROUP, text: 'hello all' });
    await simulator.control.waitFor({ kind: 'refusal', reason: 'unknown_recipient' }, 10_000);
    const { unknownQueries } = await simulator.control.state();
    expect(Object.keys(unknownQueries).filter((name) => name.startsWith('w:g2'))).toEqual([]);
  });
});
