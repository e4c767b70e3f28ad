import { connect as connectTcp, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import WebSocket from 'ws';
import { verifyXeddsa } from '../crypto/xeddsa.js';
import { connect, link, login, logout, register, registerAndScan } from '../testing/linked-device.js';
import { DeviceKeys, ProtocolClient } from '../testing/protocol-client.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';
import { CERTIFICATE_FORGERIES, type CertificateForgery } from '../wire/certificate-authority.js';
import { element } from '../wire/stanza.js';

const PHONE = '4915112345678';
const ping = element('ping');

describe('fault', () => {
  let simulator: WhatsappSimulator;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
  });

  afterEach(() => simulator.stop());

  function upgrade(): Promise<{
    status: number | undefined;
    retryAfter: string | undefined;
    socket: Socket;
  }> {
    return new Promise((resolve, reject) => {
      const client = new WebSocket(simulator.url);
      client.on('error', reject);
      client.on('unexpected-response', (_, response) => {
        const { statusCode: status, headers, socket } = response;
        resolve({ status, retryAfter: headers['retry-after'], socket });
      });
    });
  }

  it('a fault at the upgrade answers with an HTTP status, and closes or keeps the connection', async () => {
    const busy = { type: 'http_status', status: 503, retryAfterS: 7 } as const;
    simulator.addFault({ stage: 'upgrade', action: busy });
    simulator.addFault({ stage: 'upgrade', action: { ...busy, status: 429, keepOpen: true } });
    expect(await upgrade()).toMatchObject({ status: 503, retryAfter: '7' });
    expect(await simulator.waitFor({ kind: 'sockets', open: 0 }, 2_000)).toBe(true);
    const kept = await upgrade();
    expect(kept.status).toBe(429);
    expect(simulator.state().openSockets).toBe(1);
    kept.socket.destroy();
    expect(await simulator.waitFor({ kind: 'sockets', open: 0 }, 2_000)).toBe(true);
    expect((await register(simulator)).references).toHaveLength(6);
  });

  it('the server detects that the client of a silent connection (TCP, upgrade or ServerHello) has left', async () => {
    for (const stage of ['tcp', 'upgrade', 'server_hello'] as const) {
      simulator.addFault({ stage, action: { type: 'silent' } });
      const keys = new DeviceKeys();
      const client = new WebSocket(simulator.url);
      client.on('error', () => undefined);
      if (stage === 'server_hello') {
        const silent = ProtocolClient.connect(simulator.url, keys.noiseKey, keys.registrationPayload());
        client.terminate();
        silent.catch(() => undefined);
      }
      expect(await simulator.waitFor({ kind: 'stage', stage, when: 'before' }, 2_000)).toBe(true);
      client.terminate();
      if (stage === 'server_hello') await simulator.act({ type: 'cut' });
      expect(await simulator.waitFor({ kind: 'sockets', open: 0 }, 2_000)).toBe(true);
    }
  });

  it('a fault fails logins and registrations with a code', async () => {
    const device = await link(simulator, PHONE);
    simulator.addFault({ stage: 'login_success', action: { type: 'fail', code: 402, expireS: 60 } });
    const banned = await connect(simulator, device);
    expect((await banned.nextTagged('failure')).attrs).toMatchObject({ reason: '402', expire: '60' });
    await banned.waitForClose();
    simulator.addFault({ stage: 'pair_device', action: { type: 'fail', code: 405 } });
    const keys = new DeviceKeys();
    const outdated = await ProtocolClient.connect(simulator.url, keys.noiseKey, keys.registrationPayload());
    expect((await outdated.nextTagged('failure')).attrs).toMatchObject({ reason: '405' });
    await login(simulator, device);
  });

  it('a fault applies only to matching connections, only `times` times, and after `skip` passages', async () => {
    const device = await link(simulator, PHONE);
    const other = await link(simulator, '4915100000000');
    const fault = simulator.addFault({
      stage: 'ping',
      action: { type: 'query_error', code: 500 },
      where: { phone: PHONE },
      times: 2,
      skip: 1,
    });
    const [client, bystander] = [await login(simulator, device), await login(simulator, other)];
    const types: (string | undefined)[] = [];
    for (let count = 0; count < 4; count += 1) {
      types.push((await client.query('w:p', 'get', [ping])).attrs['type']);
      expect((await bystander.query('w:p', 'get', [ping])).attrs['type']).toBe('result');
    }
    expect(types).toEqual(['result', 'error', 'error', 'result']);
    expect(simulator.faults()).not.toContainEqual(fault);
  });

  it('a fault delays an answer, and cuts the connection before or after it', async () => {
    const device = await link(simulator, PHONE);
    simulator.addFault({ stage: 'ping', action: { type: 'delay', ms: 50 } });
    const client = await login(simulator, device);
    const asked = performance.now();
    await client.query('w:p', 'get', [ping]);
    expect(performance.now() - asked).toBeGreaterThan(45);
    simulator.addFault({ stage: 'ping', when: 'after', action: { type: 'cut' } });
    await client.query('w:p', 'get', [ping]);
    await client.waitForClose();
    simulator.addFault({ stage: 'login_success', action: { type: 'cut', reset: true } });
    const cut = await connect(simulator, device);
    await expect(cut.nextTagged('success')).rejects.toThrow('closed');
  });

  it('act sends a stream error to the matching connections at once', async () => {
    const client = await login(simulator, await link(simulator, PHONE));
    expect(await simulator.act({ type: 'stream_error', code: 503 }, { phone: PHONE })).toBe(1);
    expect((await client.nextTagged('stream:error')).attrs).toEqual({ code: '503' });
    await client.waitForClose();
  });

  it('a filter finds a connection by its QR code', async () => {
    const [shown, other] = [await register(simulator), await register(simulator)];
    expect(await simulator.act({ type: 'cut' }, { qr: shown.qr })).toBe(1);
    await shown.client.waitForClose();
    expect(other.client.closed).toBe(false);
  });

  it('act sends every kind of garbage', async () => {
    const device = await link(simulator, PHONE);
    for (const kind of ['undecryptable', 'corrupted', 'undecodable'] as const) {
      const client = await login(simulator, device);
      await client.nextTagged('ib');
      await simulator.act({ type: 'garbage', kind });
      await expect(client.nextTagged('iq')).rejects.toThrow(kind === 'undecodable' ? /./ : /authenticate/);
      client.terminate();
    }
  });

  it('a frozen connection keeps its data for the thaw, and ends when the client leaves', async () => {
    const client = await login(simulator, await link(simulator, PHONE));
    await simulator.act({ type: 'freeze' }, { phone: PHONE });
    const answers = [client.query('w:p', 'get', [ping])];
    expect(await simulator.waitFor({ kind: 'stage', stage: 'ping', when: 'before' }, 100)).toBe(false);
    await simulator.act({ type: 'thaw' }, { phone: PHONE });
    expect(await Promise.all(answers)).toHaveLength(1);
    await simulator.act({ type: 'freeze' }, { phone: PHONE });
    client.terminate();
    expect(await simulator.waitFor({ kind: 'sockets', open: 0 }, 2_000)).toBe(true);
  });

  it('a freeze at a stage holds the stage until the thaw', async () => {
    simulator.addFault({ stage: 'pair_device_sign', action: { type: 'freeze' } });
    const { client, answer, scan } = await registerAndScan(simulator, PHONE);
    client.sendSignature(answer);
    await simulator.waitFor({ kind: 'stage', stage: 'pair_device_sign', when: 'before' }, 2_000);
    expect(simulator.state()).toMatchObject({ devices: [], connections: [{ frozen: true }] });
    await simulator.act({ type: 'thaw' });
    expect(await scan).toMatchObject({ paired: true });
    expect((await client.nextTagged('stream:error')).attrs).toEqual({ code: '515' });
  });

  it('a fault refuses on the phone, and forges the signature of the phone', async () => {
    const { client, qr, keys } = await register(simulator);
    simulator.addFault({ stage: 'scan', action: { type: 'refuse' } });
    expect(await simulator.scan({ qr, phone: PHONE })).toMatchObject({ reason: 'refused_on_phone' });
    simulator.addFault({
      stage: 'pair_success',
      action: { type: 'forge_pair_success', forgery: 'account_signature' },
    });
    void simulator.scan({ qr, phone: PHONE, waitMs: 100 });
    const { signature } = await client.countersign(keys.identityKey);
    const { details, accountSignature } = proto.ADVSignedDeviceIdentity.decode(signature);
    const message = Buffer.concat([Buffer.of(6, 0), details ?? Buffer.of(), keys.identityKey.publicKey]);
    const key = simulator.state().devices.length === 0 ? keys.identityKey.publicKey : Buffer.of();
    expect(verifyXeddsa(key, message, accountSignature ?? Buffer.of())).toBe(false);
  });

  it('a fault leaves a logout without an answer', async () => {
    const device = await link(simulator, PHONE);
    simulator.addFault({ stage: 'logout', action: { type: 'silent' } });
    const client = await login(simulator, device);
    void logout(client, device.deviceJid).catch(() => undefined);
    await simulator.waitFor({ kind: 'stage', stage: 'logout', when: 'before' }, 2_000);
    expect(simulator.state().devices).toHaveLength(1);
    client.terminate();
  });

  it.each([undefined, ...CERTIFICATE_FORGERIES])(
    'the server presents a certificate chain with the requested defect: %s',
    async (forgery) => {
      if (forgery) simulator.addFault({ stage: 'server_hello', action: { type: 'certificate', forgery } });
      const seenAs = forgery === 'foreign_root' ? 'intermediate_signature' : forgery;
      const { client } = await register(simulator);
      expect(chainFaults(client, Buffer.from(simulator.rootKeyHex, 'hex'))).toEqual(forgery ? [seenAs] : []);
    },
  );

  it('a fault that is impossible at its stage is refused', () => {
    const plan = (stage: 'tcp' | 'ping', action: Parameters<typeof simulator.act>[0]): (() => unknown) => {
      return () => simulator.addFault({ stage, action });
    };
    expect(plan('tcp', { type: 'fail', code: 401 })).toThrow('needs a finished handshake');
    expect(() => simulator.addFault({ stage: 'ping', action: { type: 'refuse' } })).toThrow(
      'belongs to stage',
    );
    expect(plan('ping', { type: 'fail', code: 401 })).not.toThrow();
  });

  it('a stopped simulator leaves no held connection open', async () => {
    const { port } = new URL(simulator.url);
    simulator.addFault({ stage: 'tcp', action: { type: 'hold' } });
    const held = connectTcp(Number(port), '127.0.0.1');
    const ended = new Promise((resolve) => held.once('close', resolve));
    held.on('error', () => undefined).resume();
    expect(await simulator.holds({ stage: 'tcp' }, 2_000)).toHaveLength(1);
    await simulator.stop();
    await ended;
    expect(simulator.state().openSockets).toBe(0);
    simulator = await WhatsappSimulator.start();
  });
});

/** Checks a chain as whatsmeow's `verifyServerCert` does. @returns the defects */
function chainFaults({ server }: ProtocolClient, root: Buffer): CertificateForgery[] {
  const { leaf, intermediate } = proto.CertChain.decode(server?.certificateChain ?? Buffer.of());
  const none = Buffer.alloc(0);
  const [leafBytes, intermediateBytes] = [leaf?.details ?? none, intermediate?.details ?? none];
  const { Details } = proto.CertChain.NoiseCertificate;
  const [ofLeaf, ofIntermediate] = [Details.decode(leafBytes), Details.decode(intermediateBytes)];
  const now = Date.now() / 1000;
  const signedByRoot = verifyXeddsa(root, intermediateBytes, intermediate?.signature ?? none);
  const faults: [CertificateForgery, boolean][] = [
    ['leaf_signature', !verifyXeddsa(ofIntermediate.key ?? none, leafBytes, leaf?.signature ?? none)],
    ['intermediate_signature', !signedByRoot],
    ['expired', Number(ofLeaf.notAfter) < now],
    ['intermediate_expired', Number(ofIntermediate.notAfter) < now],
    ['not_yet_valid', Number(ofLeaf.notBefore) > now],
    ['leaf_key_mismatch', !server?.staticKey.equals(ofLeaf.key ?? none)],
    ['issuer_serial', ofIntermediate.issuerSerial !== 0],
    ['leaf_issuer_serial', ofLeaf.issuerSerial !== ofIntermediate.serial],
  ];
  return faults.filter(([, wrong]) => wrong).map(([fault]) => fault);
}
