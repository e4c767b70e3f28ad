import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConnectionEnd } from '../../../../src/whatsapp/domain/session/connection-end.js';
import { GatewayProcess } from '../gateway-process.js';

const CERTIFICATE = fileURLToPath(new URL('self-signed.cert.pem', import.meta.url));
const KEY = fileURLToPath(new URL('self-signed.key.pem', import.meta.url));

let server: Server;
let serverUrl: string;
let requests: string[];
let gateway: GatewayProcess | undefined;

beforeEach(async () => {
  requests = [];
  server = createServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, (request, response) => {
    requests.push(request.url ?? '');
    response.end('{"client_revision":1043857999}');
  });
  server.on('upgrade', (request, socket: Socket) => {
    requests.push(request.url ?? '');
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  serverUrl = `wss://127.0.0.1:${(server.address() as AddressInfo).port}/ws/chat`;
});
afterEach(async () => {
  await gateway?.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function connect(
  environment: Record<string, string>,
): Promise<{ version: string; end: ConnectionEnd }> {
  gateway = new GatewayProcess({ serverUrl, keySetsAhead: 0 }, environment);
  const version = await gateway.do({ name: 'fetchVersion' }).then(
    () => 'received',
    (error: unknown) => String(error),
  );
  await gateway.open(1);
  return { version, end: await gateway.closed(1) };
}

describe('a server with a self-signed certificate', () => {
  it('no request is sent to a server with a self-signed certificate, even when NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
    const { version, end } = await connect({ NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect(version).toMatch(/self-signed certificate/);
    expect([end, requests]).toEqual([{ kind: 'network', problem: 'tls' }, []]);
  });

  it('a server with a self-signed certificate is used like any other once its certificate is trusted', async () => {
    const { version } = await connect({ NODE_EXTRA_CA_CERTS: CERTIFICATE });
    expect([version, requests]).toEqual(['received', ['/sw.js', '/ws/chat']]);
  });
});
