import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { link, login, type LinkedDevice } from '../testing/linked-device.js';
import { activate, sendToOneDevice, sendCopies, sendReceipt, textIn } from '../testing/message-stanzas.js';
import type { ProtocolClient } from '../testing/protocol-client.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';
import { child, element } from '../wire/stanza.js';

const ANNA = '4915112345678';
const BERT = '4915187654321';
const ANNA_JID = `${ANNA}@s.whatsapp.net`;
const BERT_JID = `${BERT}@s.whatsapp.net`;

describe('message routing', () => {
  let simulator: WhatsappSimulator;
  let annaDevice: LinkedDevice;
  let bertDevice: LinkedDevice;
  let anna: ProtocolClient;
  let bert: ProtocolClient;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
    annaDevice = await link(simulator, ANNA);
    bertDevice = await link(simulator, BERT);
    anna = await online(annaDevice);
    bert = await online(bertDevice);
  });

  afterEach(() => simulator.stop());

  async function online(device: LinkedDevice): Promise<ProtocolClient> {
    const client = await login(simulator, device);
    await activate(client);
    return client;
  }

  async function leave(client: ProtocolClient, phone: string): Promise<void> {
    client.terminate();
    expect(await simulator.waitFor({ kind: 'active', phone, devices: 0 }, 2_000)).toBe(true);
  }

  function lidOf(deviceJid: string): string {
    return simulator.state().devices.find(({ jid }) => jid === deviceJid)?.lid ?? '';
  }

  const withoutDevice = (jid: string): string => jid.replace(/:\d+/, '');

  it('the server acknowledges a message to the sender and delivers one copy to each device', async () => {
    const ownDevice = await link(simulator, ANNA);
    const own = await online(ownDevice);
    const copies = [
      [bertDevice.deviceJid, 'pkmsg'],
      [BERT_JID, 'pkmsg'],
      [ownDevice.deviceJid, 'msg'],
      [ANNA_JID, 'pkmsg'],
    ] as const;
    const ack = await sendCopies(anna, { id: 'M1', to: BERT_JID, copies });
    expect(ack.attrs).toEqual({
      class: 'message',
      id: 'M1',
      from: BERT_JID,
      t: ack.attrs['t'],
    });
    const forBert = await bert.nextTagged('message');
    expect(forBert.attrs).toEqual({
      from: annaDevice.deviceJid,
      id: 'M1',
      type: 'text',
      t: ack.attrs['t'],
      notify: ANNA,
      sender_lid: withoutDevice(lidOf(annaDevice.deviceJid)),
    });
    expect(textIn(forBert)).toBe(`for ${bertDevice.deviceJid}`);
    expect(child(forBert, 'device-identity')).toBeDefined();
    const forOwn = await own.nextTagged('message');
    expect(forOwn.attrs).toMatchObject({
      from: annaDevice.deviceJid,
      recipient: BERT_JID,
      peer_recipient_lid: withoutDevice(lidOf(bertDevice.deviceJid)),
    });
    expect(forOwn.attrs).not.toHaveProperty('sender_lid');
    expect(child(forOwn, 'device-identity')).toBeUndefined();
    expect(simulator.state().counters).toMatchObject({
      messages: 1,
      messagesToPhones: 2,
      messagesDelivered: 2,
    });
  });

  it('a message to a LID carries the LIDs of both sides, and the announced name', async () => {
    const [annaLid, bertLid] = [lidOf(annaDevice.deviceJid), lidOf(bertDevice.deviceJid)];
    anna.send(element('presence', { name: 'Anna', type: 'unavailable' }));
    await sendCopies(anna, { id: 'M1', to: withoutDevice(bertLid), copies: [[bertLid, 'msg']] });
    expect((await bert.nextTagged('message')).attrs).toMatchObject({
      from: annaLid,
      sender_pn: ANNA_JID,
      notify: 'Anna',
    });
    await sendReceipt(bert, { id: 'M1', to: annaLid });
    expect((await anna.nextTagged('receipt')).attrs).toMatchObject({ id: 'M1', from: bertLid });
  });

  it('the server delivers a message again after every login until the device acknowledges it', async () => {
    const send = (id: string): Promise<unknown> =>
      sendCopies(anna, { id, to: BERT_JID, copies: [[bertDevice.deviceJid, 'msg']] });
    await send('M1');
    await send('M2');
    await send('M3');
    for (const id of ['M1', 'M2', 'M3']) expect((await bert.nextTagged('message')).attrs['id']).toBe(id);
    await sendReceipt(bert, { id: 'M2', to: annaDevice.deviceJid, type: 'inactive' });
    await leave(bert, BERT);
    await send('M4');

    const again = await login(simulator, bertDevice);
    await again.query('w:p', 'get', [element('ping')]);
    expect(simulator.state().devices.find(({ phone }) => phone === BERT)).toMatchObject({
      active: false,
      waiting: 3,
    });
    expect(await activate(again)).toBe(3);
    for (const [index, id] of ['M1', 'M3', 'M4'].entries()) {
      const { attrs } = await again.nextTagged('message');
      expect(attrs).toMatchObject({ id, offline: String(index) });
      const ack = { class: 'message', id, to: annaDevice.deviceJid };
      again.send(element('ack', id === 'M4' ? ack : { ...ack, error: '487' }));
    }
    expect(await simulator.waitFor({ kind: 'waiting', messages: 0 }, 2_000)).toBe(true);
    await leave(again, BERT);
    expect(await activate(await login(simulator, bertDevice))).toBe(0);
    expect(simulator.state().counters).toMatchObject({
      messages: 4,
      messagesDelivered: 6,
      messagesAcknowledged: 4,
      nacks: 2,
    });
  });

  it('a retry receipt reaches the sending device, and the resent message reaches the requesting device', async () => {
    const bystander = await online(await link(simulator, ANNA));
    const copies = [[bertDevice.deviceJid, 'msg']] as const;
    await sendCopies(anna, { id: 'M1', to: BERT_JID, copies });
    await bert.nextTagged('message');
    const retry = element('retry', { id: 'M1', count: '1', t: '1', v: '1' });
    const ack = await sendReceipt(bert, { id: 'M1', to: annaDevice.deviceJid, type: 'retry' }, [retry]);
    expect(ack.attrs).toMatchObject({
      class: 'receipt',
      id: 'M1',
      type: 'retry',
      from: annaDevice.deviceJid,
    });
    expect(await anna.nextTagged('receipt')).toMatchObject({
      attrs: { id: 'M1', type: 'retry', from: bertDevice.deviceJid },
      content: [{ tag: 'retry', attrs: { count: '1' } }],
    });
    await sendToOneDevice(anna, 'M1', bertDevice.deviceJid);
    expect(textIn(await bert.nextTagged('message'))).toBe('alone');
    await sendReceipt(bert, { id: 'M1', to: ANNA_JID, type: 'read', t: '2' });
    for (const client of [anna, bystander]) {
      expect((await client.nextTagged('receipt')).attrs).toMatchObject({ type: 'read', t: '2' });
    }
    expect(simulator.state().counters).toMatchObject({ receipts: 2, retryReceipts: 1 });
  });

  it('the server queues a hundred messages for an offline device, and counts lost ones', async () => {
    await leave(bert, BERT);
    for (let number = 1; number <= 101; number += 1)
      await sendToOneDevice(anna, `M${number}`, bertDevice.deviceJid);
    await sendToOneDevice(anna, 'gone', `${BERT}:77@s.whatsapp.net`);
    expect(simulator.state().counters.stanzasLost).toBe(2);
    expect(await activate(await login(simulator, bertDevice))).toBe(100);
    await simulator.removeDevices(BERT);
    expect(await simulator.waitFor({ kind: 'waiting', messages: 0 }, 2_000)).toBe(true);
  });

  it('faults can lose a message before and after the server', async () => {
    simulator.addFault({ stage: 'delivery', action: { type: 'silent' }, where: { phone: BERT } });
    await sendToOneDevice(anna, 'M1', bertDevice.deviceJid);
    expect(simulator.state().counters).toMatchObject({ messages: 1, messagesDelivered: 0 });
    simulator.addFault({ stage: 'message', action: { type: 'cut' }, where: { phone: ANNA } });
    await expect(sendToOneDevice(anna, 'M2', bertDevice.deviceJid)).rejects.toThrow('closed');
    expect(simulator.state().counters.messages).toBe(1);
    await leave(bert, BERT);
    const again = await login(simulator, bertDevice);
    expect(await activate(again)).toBe(1);
  });

  it('privacy tokens reach the devices of the trusted user', async () => {
    const token = element('token', { jid: BERT_JID, t: '17', type: 'trusted_contact' });
    await anna.query('privacy', 'set', [element('tokens', {}, [token])]);
    const notice = await bert.nextTagged('notification');
    expect(notice.attrs).toMatchObject({ type: 'privacy_token', from: ANNA_JID });
    expect(child(child(notice, 'tokens'), 'token')?.attrs).toMatchObject({
      type: 'trusted_contact',
      t: '17',
    });
    const { id = '', from = '' } = notice.attrs;
    bert.send(element('ack', { class: 'notification', type: 'privacy_token', id, to: from }));
    await bert.query('w:p', 'get', [element('ping')]);
    await leave(bert, BERT);
    expect(await activate(await login(simulator, bertDevice))).toBe(0);
  });
});
