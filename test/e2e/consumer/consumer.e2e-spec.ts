import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Simulator } from '../../support/processes/simulator.js';
import { ConsumerProcess } from './consumer-process.js';

const ANNA = '4915100000001';
const BERT = '4915100000002';

let simulator: Simulator;
let consumer: ConsumerProcess;
let dataDirectory: string;

async function start(): Promise<void> {
  const { url: serverUrl, rootKeyHex: serverRootKey } = simulator;
  consumer = await ConsumerProcess.start({ dataDirectory, serverUrl, serverRootKey });
}

const link = (accountId: string, phone: string): Promise<void> => consumer.link(simulator, accountId, phone);

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'whatsapp-consumer-'));
  simulator = await Simulator.start();
  await start();
  await Promise.all([link('anna', ANNA), link('anna-at-work', ANNA), link('bert', BERT)]);
});
afterAll(async () => {
  await consumer.stop();
  await simulator.stop();
  await rm(dataDirectory, { recursive: true, force: true });
});

describe('a host application that sends and receives through linked accounts', () => {
  it('a text reaches its receiver, and the answer comes back', async () => {
    expect(await consumer.send({ from: 'anna', to: BERT, text: 'hello' })).toMatchObject({
      status: 201,
      body: { id: expect.any(String) },
    });
    expect(await consumer.received('bert', 'hello')).toMatchObject({ fromMe: false });
    expect(await consumer.received('anna', 'echo: hello')).toMatchObject({ fromMe: false });
  });

  it('a device receives the texts that another device of its phone sends, and answers none of them', async () => {
    await consumer.send({ from: 'anna-at-work', to: ANNA, text: 'note to myself' });
    expect(await consumer.received('anna', 'note to myself')).toMatchObject({ fromMe: true });
    await consumer.send({ from: 'anna-at-work', to: BERT, text: 'from work' });
    expect(await consumer.received('anna', 'from work')).toMatchObject({ fromMe: true });
    expect(await consumer.received('bert', 'from work')).toMatchObject({ fromMe: false });
    await consumer.received('anna', 'echo: from work');
    await consumer.received('anna-at-work', 'echo: from work');
    const { body } = await consumer.call('GET', '/messages?account=anna-at-work');
    expect(body).not.toContainEqual(expect.objectContaining({ text: 'echo: note to myself' }));
  });

  it('a send through an account that is not connected fails with a clear error', async () => {
    const refused = { code: 'not_connected', message: 'This account is not connected to WhatsApp.' };
    expect(await consumer.send({ from: 'unknown', to: BERT, text: 'hello' })).toEqual({
      status: 409,
      body: refused,
    });
  });

  it('after a drop, the application uses the new socket and answers the texts that arrived meanwhile', async () => {
    const { control } = simulator;
    const hold = { stage: 'login_success', action: { type: 'hold' }, where: { phone: BERT } } as const;
    await control.addFault(hold);
    await control.act({ type: 'cut' }, { phone: BERT });
    expect(await control.holds({ stage: 'login_success' }, 10_000)).toHaveLength(1);
    expect(await consumer.send({ from: 'bert', to: ANNA, text: 'too early' })).toMatchObject({ status: 409 });
    await consumer.send({ from: 'anna', to: BERT, text: 'are you there?' });
    await control.release();
    await consumer.received('bert', 'are you there?');
    await consumer.received('anna', 'echo: are you there?');
    await consumer.reaches('bert', 'connected');
    await consumer.send({ from: 'bert', to: ANNA, text: 'here I am' });
    await consumer.received('anna', 'here I am');
    expect(consumer.output).toMatch(
      /bert: pairing[^]*bert: linked[^]*bert: connected[^]*bert: down, connection_lost[^]*bert: connected/,
    );
  });

  it('after a restart, the accounts connect again, and no session was replaced or logged out', async () => {
    await consumer.stop();
    await simulator.control.waitFor({ kind: 'sockets', open: 0 }, 5_000);
    await start();
    for (const account of ['anna', 'anna-at-work', 'bert']) await consumer.reaches(account, 'connected');
    await consumer.send({ from: 'bert', to: ANNA, text: 'good morning' });
    await consumer.received('anna', 'good morning');
    expect(await simulator.control.state()).toMatchObject({ counters: { takeovers: 0, logouts: 0 } });
  });
});
