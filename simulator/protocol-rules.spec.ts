import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { flipBit } from './crypto/flip-bit.js';
import { SigningKey } from './crypto/xeddsa.js';
import { connect, link, login, logout, register, registerAndScan } from './testing/linked-device.js';
import { DeviceKeys, ProtocolClient } from './testing/protocol-client.js';
import { WhatsappSimulator } from './whatsapp-simulator.js';
import { frame } from './wire/frames.js';
import { element } from './wire/stanza.js';

const PHONE = '4915112345678';

describe('protocol rules of the server', () => {
  let simulator: WhatsappSimulator;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
  });

  afterEach(() => simulator.stop());

  it('the server sends six references, and each is valid once', async () => {
    const { references, keys, qr } = await register(simulator);
    expect(new Set(references).size).toBe(6);
    expect(simulator.state().connections).toMatchObject([{ references }]);
    expect(await simulator.scan({ qr, phone: PHONE, waitMs: 1 })).toMatchObject({ reason: 'no_answer' });
    expect(await simulator.scan({ qr, phone: PHONE })).toMatchObject({ reason: 'reused_reference' });
    const later = keys.qr(references[3] ?? '');
    expect(await simulator.scan({ qr: later, phone: PHONE, waitMs: 1 })).toMatchObject({
      reason: 'no_answer',
    });
  });

  it('the server refuses an expired reference', async () => {
    const shortLived = await WhatsappSimulator.start({ firstReferenceMs: 0, referenceGraceMs: 0 });
    const { references, keys, qr } = await register(shortLived);
    expect(await shortLived.scan({ qr, phone: PHONE })).toMatchObject({ reason: 'expired_reference' });
    const next = keys.qr(references[1] ?? '');
    expect(await shortLived.scan({ qr: next, phone: PHONE, waitMs: 1 })).toMatchObject({
      reason: 'no_answer',
    });
    await shortLived.stop();
  });

  it('the server closes the connection when the last reference has expired', async () => {
    const hasty = await WhatsappSimulator.start({
      referenceCount: 2,
      firstReferenceMs: 20,
      nextReferenceMs: 20,
      referenceGraceMs: 0,
    });
    const { client } = await register(hasty);
    await client.waitForClose();
    await hasty.stop();
  });

  it('the server refuses invalid codes, unknown references, closed connections and other keys', async () => {
    const { client, references, qr } = await register(simulator);
    const scan = async (text: string): Promise<unknown> => {
      const result = await simulator.scan({ qr: text, phone: PHONE });
      return result.paired || result.reason;
    };
    expect(await scan('https://example.org')).toBe('not_a_pairing_code');
    expect(await scan(new DeviceKeys().qr('2@made-up'))).toBe('unknown_reference');
    expect(await scan(new DeviceKeys().qr(references[0] ?? ''))).toBe('key_mismatch');
    client.terminate();
    await simulator.waitFor({ kind: 'sockets', open: 0 }, 2_000);
    expect(await scan(qr)).toBe('companion_gone');
    expect(simulator.state().refusals).toMatchObject({ not_a_pairing_code: 1, companion_gone: 1 });
  });

  it('a wrong device signature links nothing', async () => {
    const { client, answer, scan } = await registerAndScan(simulator, PHONE);
    const forged = Buffer.from(answer.signature);
    flipBit(forged, forged.length - 20);
    client.sendSignature({ ...answer, signature: forged });
    expect(await scan).toEqual({ paired: false, reason: 'bad_device_signature' });
    expect((await client.nextTagged('stream:error')).attrs).toEqual({ code: '400' });
    expect(simulator.state()).toMatchObject({ refusals: { bad_device_signature: 1 }, devices: [] });
  });

  it('a signature of another identity key links nothing', async () => {
    const { client, qr } = await register(simulator);
    const scan = simulator.scan({ qr, phone: PHONE });
    client.sendSignature(await client.countersign(new SigningKey()));
    expect(await scan).toEqual({ paired: false, reason: 'bad_device_signature' });
  });

  it('a declined pair-success links nothing, and is not counted as a refusal', async () => {
    const { client, answer, scan } = await registerAndScan(simulator, PHONE);
    client.sendPairError(answer.id);
    expect(await scan).toEqual({ paired: false, reason: 'declined_by_companion' });
    expect(simulator.state()).toMatchObject({ counters: { declines: 1 }, refusals: {}, devices: [] });
    const events = simulator.journal().map(({ event }) => event);
    expect(events).toContain('declined pair-success: 500 internal-error');
    client.sendSignature(answer);
    await client.nextTagged('stream:error');
    expect(simulator.state()).toMatchObject({ refusals: { second_pair_device_sign: 1 }, devices: [] });
  });

  it('an answer to pair-success without a signature counts as a bad signature', async () => {
    const { client, answer, scan } = await registerAndScan(simulator, PHONE);
    client.send(element('iq', { to: 's.whatsapp.net', type: 'result', id: answer.id }));
    expect(await scan).toEqual({ paired: false, reason: 'bad_device_signature' });
    expect(simulator.state().devices).toEqual([]);
  });

  it('the server refuses a second pair-device-sign', async () => {
    simulator.addFault({ stage: 'stream_restart', action: { type: 'silent' } });
    const { client, answer, scan } = await registerAndScan(simulator, PHONE);
    client.sendSignature(answer);
    expect(await scan).toMatchObject({ paired: true });
    client.sendSignature(answer);
    expect((await client.nextTagged('stream:error')).attrs).toEqual({ code: '400' });
    expect(simulator.state()).toMatchObject({
      counters: { pairs: 1 },
      refusals: { second_pair_device_sign: 1 },
    });
  });

  it('the server refuses a registration with an invalid signature of its signed pre-key', async () => {
    const keys = new DeviceKeys();
    const payload = keys.registrationPayload(Buffer.alloc(64, 1));
    const client = await ProtocolClient.connect(simulator.url, keys.noiseKey, payload);
    expect((await client.nextTagged('failure')).attrs).toMatchObject({ reason: '400' });
    await client.waitForClose();
  });

  it('a login needs the registered Noise key, and a removed device cannot log in', async () => {
    const device = await link(simulator, PHONE);
    const thief = await connect(simulator, { ...device, keys: new DeviceKeys() });
    expect((await thief.nextTagged('failure')).attrs).toMatchObject({ reason: '401' });
    const client = await login(simulator, device);
    expect(await simulator.removeDevices(PHONE)).toBe(1);
    expect(await client.nextTagged('stream:error')).toMatchObject({
      attrs: { code: '401' },
      content: [{ tag: 'conflict', attrs: { type: 'device_removed' } }],
    });
    const late = await connect(simulator, device);
    expect((await late.nextTagged('failure')).attrs).toMatchObject({ reason: '401' });
    expect(simulator.state().refusals).toEqual({ wrong_noise_key: 1, unknown_device: 1 });
  });

  it('a newer connection of a device replaces the older one', async () => {
    const device = await link(simulator, PHONE);
    const older = await login(simulator, device);
    await login(simulator, device);
    expect(await older.nextTagged('stream:error')).toMatchObject({
      content: [{ attrs: { type: 'replaced' } }],
    });
    await older.waitForClose();
    expect(simulator.state()).toMatchObject({
      mostConnectionsOfADevice: 2,
      devices: [{ takeovers: 1, mostConnections: 2, logins: 2 }],
    });
  });

  it('a device can log out itself, and no other device', async () => {
    const device = await link(simulator, PHONE);
    const other = await link(simulator, PHONE);
    const client = await login(simulator, device);
    expect((await logout(client, other.deviceJid)).attrs).toMatchObject({ type: 'error' });
    expect(simulator.state().devices).toHaveLength(2);
    expect((await logout(client, device.deviceJid)).attrs).toMatchObject({ type: 'result' });
    expect(simulator.state().devices).toMatchObject([{ jid: other.deviceJid }]);
    await client.waitForClose();
  });

  it('a client before login gets an answer to its keep-alive only', async () => {
    const { client } = await register(simulator);
    expect((await client.query('w:p', 'get', [{ tag: 'ping', attrs: {} }])).attrs['type']).toBe('result');
    expect((await client.query('encrypt', 'get', [{ tag: 'count', attrs: {} }])).attrs['type']).toBe('error');
  });

  it('an account has at most four linked devices', async () => {
    for (let count = 0; count < 4; count += 1) await link(simulator, PHONE);
    const { qr } = await register(simulator);
    expect(await simulator.scan({ qr, phone: PHONE })).toMatchObject({ reason: 'too_many_devices' });
  });

  it('the server accepts a routing header, and disconnects a client with invalid data', async () => {
    const keys = new DeviceKeys();
    const header = Buffer.from([...Buffer.from('ED'), 0, 1, 0, 0, 4, 8, 13, 8, 5, 0x57, 0x41, 6, 3]);
    const routed = await ProtocolClient.connect(
      simulator.url,
      keys.noiseKey,
      keys.registrationPayload(),
      header,
    );
    expect(await routed.references()).toHaveLength(6);
    const payload = keys.registrationPayload();
    const stranger = ProtocolClient.connect(simulator.url, keys.noiseKey, payload, Buffer.from('NOPE'));
    await expect(stranger).rejects.toThrow('closed');
    const hostile = await login(simulator, await link(simulator, PHONE));
    const id = element('id', {}, Buffer.alloc(9, 1));
    const upload = ['registration', 'identity', 'skey'].map((tag) => element(tag, {}, [id]));
    await expect(hostile.query('encrypt', 'set', upload)).resolves.toMatchObject({
      attrs: { type: 'error' },
    });
    hostile.socket.send(frame(Buffer.alloc(40)));
    await hostile.waitForClose();
    expect(simulator.state().refusals).toMatchObject({ bad_key_bundle: 1 });
  });
});
