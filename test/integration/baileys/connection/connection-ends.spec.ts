import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FaultRequest } from '../../../../simulator/faults/fault-plan.js';
import { CERTIFICATE_FORGERIES } from '../../../../simulator/wire/certificate-authority.js';
import type { ConnectionEnd } from '../../../../src/whatsapp/domain/session/connection-end.js';
import { GatewayProcess } from '../gateway-process.js';
import { SimulatedWhatsapp } from '../simulated-whatsapp.js';

describe('BaileysGateway, connection ends', () => {
  let whatsapp: SimulatedWhatsapp;
  let attempt = 0;

  beforeAll(async () => {
    whatsapp = await SimulatedWhatsapp.start({
      connectTimeoutMs: 3_000,
      keepAliveIntervalMs: 1_000,
      answerTimeoutMs: 1_500,
    });
  });
  afterAll(() => whatsapp.stop());
  beforeEach(async () => {
    attempt += 10;
    await whatsapp.control.reset();
  });

  async function endWith(fault: FaultRequest): Promise<ConnectionEnd> {
    await whatsapp.control.addFault(fault);
    await whatsapp.gateway.open(attempt);
    const end = await whatsapp.gateway.closed(attempt);
    await whatsapp.gateway.do({ name: 'waitUntilClosed', attempt });
    expect(whatsapp.gateway.events(attempt).filter(({ type }) => type === 'closed')).toHaveLength(1);
    return end;
  }

  it.each(CERTIFICATE_FORGERIES)('a server with a wrong certificate is not trusted (%s)', async (forgery) => {
    expect(await endWith({ stage: 'server_hello', action: { type: 'certificate', forgery } })).toEqual({
      kind: 'server_untrusted',
    });
  });

  it('an answer with a WebSocket extension ends the attempt before any data is read', async () => {
    expect(await endWith({ stage: 'upgrade', action: { type: 'accept_deflate' } })).toEqual({
      kind: 'server_untrusted',
    });
  });

  it.each([
    ['one frame of 20,000 bytes', { count: 1, bytes: 20_000 }],
    ['5,000 empty frames', { count: 5_000, bytes: 0 }],
    ['one empty frame', { count: 1, bytes: 0 }],
    ['two small frames', { count: 2, bytes: 4 }],
    ['the beginning of a frame of 16 MB', { count: 1, bytes: 2 ** 24 - 1 }],
  ])('other data than a hello ends the attempt before the certificate is checked (%s)', async (_, frames) => {
    expect(await endWith({ stage: 'server_hello', action: { type: 'raw_frames', ...frames } })).toEqual({
      kind: 'server_untrusted',
    });
  });

  it.each([403, 405, 429, 503])('an upgrade answered with HTTP %d is reported', async (status) => {
    expect(await endWith({ stage: 'upgrade', action: { type: 'http_status', status } })).toEqual({
      kind: 'upgrade_refused',
      status,
    });
  });

  it('an upgrade answered with HTTP is reported at once when the connection stays open', async () => {
    const action = { type: 'http_status', status: 503, keepOpen: true } as const;
    expect(await endWith({ stage: 'upgrade', action })).toEqual({ kind: 'upgrade_refused', status: 503 });
  });

  it.each([400, 401, 403, 405, 406, 411, 500, 503])('a refusal (%d) is reported', async (code) => {
    expect(await endWith({ stage: 'pair_device', action: { type: 'fail', code } })).toMatchObject({
      kind: 'whatsapp',
      code,
    });
  });

  it('a ban is reported with its duration', async () => {
    const action = { type: 'fail', code: 402, expireS: 3600 } as const;
    expect(await endWith({ stage: 'pair_device', action })).toMatchObject({
      kind: 'whatsapp',
      code: 402,
      expiresInMs: 3_600_000,
    });
  });

  it.each([
    [{ code: 503 }, { code: 503 }],
    [{ conflict: 'replaced' }, { code: 440, detail: 'replaced' }],
    [
      { code: 401, conflict: 'device_removed' },
      { code: 401, detail: 'device_removed' },
    ],
    [{}, { code: 500 }],
  ] as const)('a stream error is reported (%j)', async (error, expected) => {
    const end = await endWith({ stage: 'pair_device', action: { type: 'stream_error', ...error } });
    expect(end).toMatchObject({ kind: 'whatsapp', ...expected });
  });

  it.each(['undecryptable', 'corrupted', 'undecodable'] as const)(
    'an attempt ends at once after an unreadable frame (%s)',
    async (kind) => {
      const end = await endWith({ stage: 'pair_device', when: 'after', action: { type: 'garbage', kind } });
      expect(end.kind).toBe('protocol_error');
    },
  );

  it.each(['tcp', 'upgrade', 'server_hello'] as const)(
    'an attempt does not wait forever when the server is silent at %s',
    async (stage) => {
      expect(await endWith({ stage, action: { type: 'silent' } })).toEqual({ kind: 'silent' });
    },
  );

  it('a reset connection is reported as lost, and a closed one as closed', async () => {
    expect(await endWith({ stage: 'pair_device', action: { type: 'cut', reset: true } })).toEqual({
      kind: 'network',
      problem: 'lost',
    });
    attempt += 1;
    expect(await endWith({ stage: 'pair_device', action: { type: 'close' } })).toEqual({
      kind: 'network',
      problem: 'closed',
    });
  });

  it.each(['tcp', 'upgrade', 'server_hello', 'client_finish', 'pair_device'] as const)(
    'the process survives a connection that is cut at %s',
    async (stage) => {
      expect(await endWith({ stage, when: 'after', action: { type: 'cut' } })).toMatchObject({
        kind: 'network',
      });
      expect(whatsapp.gateway.isRunning).toBe(true);
    },
  );

  it('a live connection that became silent is reported without waiting for a closing handshake', async () => {
    const { gateway, control } = whatsapp;
    await control.addFault({ stage: 'pair_device', when: 'after', action: { type: 'freeze' } });
    await gateway.open(attempt);
    expect(await gateway.closed(attempt)).toEqual({ kind: 'silent' });
  });

  it('an upgrade answered with a large HTTP page is reported with its status', async () => {
    const page = Buffer.alloc(40_000, ' ');
    const proxy = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.cork();
        socket.write(`HTTP/1.1 503 Service Unavailable\r\nContent-Length: ${page.length}\r\n\r\n`);
        socket.write(page);
        socket.uncork();
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const gateway = new GatewayProcess({ serverUrl: `ws://127.0.0.1:${port}/ws/chat` });
    await gateway.open(1);
    expect(await gateway.closed(1)).toEqual({ kind: 'upgrade_refused', status: 503 });
    await gateway.do({ name: 'waitUntilClosed', attempt: 1 });
    await gateway.stop();
    await new Promise((resolve) => proxy.close(resolve));
  });

  it('a refused connection, a failed TLS handshake and an unknown host name are reported differently', async () => {
    const plain = createServer((socket) => socket.resume().end('this is not TLS\r\n'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as AddressInfo;
    const cases = [
      ['ws://127.0.0.1:1/', 'refused'],
      [`wss://127.0.0.1:${port}/`, 'tls'],
      ['wss://whatsapp.invalid/', 'dns'],
    ] as const;
    for (const [serverUrl, problem] of cases) {
      const gateway = new GatewayProcess({ serverUrl });
      await gateway.open(1);
      expect(await gateway.closed(1)).toEqual({ kind: 'network', problem });
      await gateway.do({ name: 'waitUntilClosed', attempt: 1 });
      await gateway.stop();
    }
    await new Promise((resolve) => plain.close(resolve));
  });
});
