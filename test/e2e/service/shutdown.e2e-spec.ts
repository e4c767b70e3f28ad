import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { bytesOf } from '../../support/clients/raw-http.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

let setup: TestEnvironment;
let phone: string;

beforeAll(async () => {
  setup = await TestEnvironment.create({ environment: { WHATSAPP_MAX_PAIRING_SESSIONS: '20' } });
  phone = await setup.link('kept');
});
afterAll(() => setup.close());
// Every test gets its own service.
afterEach(() => setup.restart('kill'));

/** A shutdown needs a tenth of this on an idle machine. */
const normallyMs = (since: number): number => timeLimitSince(since, 1_000);
const atWorstMs = (since: number): number => 9_000 + timeLimitSince(since, 1_000);

/** Sends SIGTERM. @returns the exit code, the start, and the time until the process had ended */
async function shutDown(): Promise<{ code: number | null; started: number; tookMs: number }> {
  const started = performance.now();
  const code = await setup.service.stop();
  return { code, started, tookMs: performance.now() - started };
}

async function freezeAll(): Promise<void> {
  await setup.simulator.control.act({ type: 'freeze' }, { kind: 'login' });
}

/** Connects a client that sends these bytes and nothing more, and never closes the connection. */
async function hangingClient(bytes: Buffer): Promise<Socket> {
  const { hostname, port } = new URL(setup.service.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

const HEAD = { headers: [['Host', 'localhost']] } as const;
const STATUS = bytesOf({ method: 'GET', target: '/api/whatsapp/status', ...HEAD });

describe('the shutdown', () => {
  it('a shutdown ends waiting readers and all sockets, keeps the links and exits with 0 in time', async () => {
    await setup.service.reaches('kept', 'connected');
    await setup.service.pair('pairing');
    const { value } = await setup.service.qr('pairing');
    const shown = await setup.service.call('GET', '/api/whatsapp/pair/qr?accountId=pairing&format=json');
    const waiting = fetch(
      `${setup.service.url}/api/whatsapp/pair/qr?accountId=pairing&format=json&waitMs=30000`,
      { headers: { 'if-none-match': shown.headers.get('etag') ?? '' } },
    );
    const { code, started, tookMs } = await shutDown();
    expect([code, (await waiting).status]).toEqual([0, 503]);
    expect(tookMs).toBeLessThan(normallyMs(started));
    await setup.service.says(/SIGTERM: shutting down.*\n[^]*Shut down in \d+ ms/);
    expect(await setup.simulator.control.waitFor({ kind: 'sockets', open: 0 }, 3_000)).toBe(true);
    const { devices, counters } = await setup.simulator.control.state();
    expect(devices.map((device) => device.phone)).toEqual([phone]);
    expect(counters.logouts).toBe(0);
    expect(await setup.simulator.control.scan({ phone: setup.newPhone(), qr: value })).toMatchObject({
      paired: false,
    });
    await setup.restart();
    expect(await setup.service.status('kept')).toMatchObject({ authExists: true });
    expect(await setup.service.status('pairing')).toMatchObject({ status: 'idle', authExists: false });
  });

  it('clients that hang in any way do not delay the shutdown', async () => {
    const half = bytesOf({
      method: 'POST',
      target: '/api/whatsapp/pair',
      headers: [...HEAD.headers, ['Content-Type', 'application/json'], ['Content-Length', '100']],
      body: '{"accountId":',
    });
    const clients = await Promise.all([
      hangingClient(half),
      hangingClient(STATUS),
      hangingClient(STATUS.subarray(0, 20)),
      hangingClient(Buffer.alloc(0)),
      hangingClient(bytesOf({ method: 'CONNECT', target: 'example.com:443', ...HEAD })),
    ]);
    const answered = clients.slice(1, 2).map((client) => once(client, 'data'));
    await Promise.all(answered);
    const { code, started, tookMs } = await shutDown();
    for (const client of clients) client.destroy();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(2 * normallyMs(started));
  });

  it('every call during the shutdown is answered with 503, and its connection is closed', async () => {
    await setup.service.reaches('kept', 'connected');
    await freezeAll();
    const kept = await hangingClient(STATUS);
    await once(kept, 'data');
    setup.service.signal('SIGTERM');
    await setup.service.says(/shutting down/);
    for (const [method, path] of [
      ['POST', '/api/whatsapp/pair'],
      ['GET', '/api/whatsapp/status'],
      ['GET', '/docs'],
      ['GET', '/nowhere'],
    ] as const) {
      const { status, headers, body } = await setup.service.call(method, path);
      expect([path, status, body]).toEqual([
        path,
        503,
        {
          ok: false,
          statusCode: 503,
          error: 'Service Unavailable',
          code: 'shutting_down',
          message: 'The service is shutting down.',
        },
      ]);
      expect(headers.get('connection')).toBe('close');
    }
    const answers: Buffer[] = [];
    kept.on('data', (chunk: Buffer) => answers.push(chunk));
    const closed = once(kept, 'end');
    kept.write(STATUS);
    await closed;
    kept.destroy();
    expect(Buffer.concat(answers).toString()).toContain('503 Service Unavailable');
    expect((await setup.service.call('GET', '/health/live')).status).toBe(200);
    expect(await setup.service.exit()).toBe(0);
  });

  it('a shutdown with 20 connected accounts is quick, and takes at most 10 s when their network is frozen', async () => {
    const accounts = Array.from({ length: 19 }, (_, index) => `account-${index}`);
    for (const accountId of accounts) await setup.link(accountId);
    const connected = async (): Promise<void> => {
      for (const accountId of [...accounts, 'kept']) await setup.service.reaches(accountId, 'connected');
    };
    await connected();
    const normal = await shutDown();
    expect(normal.code).toBe(0);
    expect(normal.tookMs).toBeLessThan(normallyMs(normal.started));
    await setup.restart();
    await connected();
    await freezeAll();
    const frozen = await shutDown();
    expect(frozen.code).toBe(0);
    expect(frozen.tookMs).toBeLessThan(atWorstMs(frozen.started));
  });

  it.each([
    ['SIGTERM', 'SIGINT', 130],
    ['SIGINT', 'SIGTERM', 143],
  ] as const)(
    'a shutdown after %s ends at once on %s, and logs what was still open',
    async (first, second, code) => {
      await setup.service.reaches('kept', 'connected');
      await freezeAll();
      setup.service.signal(first);
      await setup.service.says(new RegExp(`${first}: shutting down`));
      const started = performance.now();
      setup.service.signal(second);
      expect(await setup.service.exit()).toBe(code);
      expect(performance.now() - started).toBeLessThan(normallyMs(started));
      await setup.service.says(/ends at once\. Still open: sessions \(\d+ connected/);
    },
  );

  it('a shutdown that does not finish ends after 9 s with 1, logs what was open and loses no stored data', async () => {
    await setup.service.breakStore({ holdAccepted: true });
    const another = setup.newPhone();
    await setup.service.pair('held');
    const { value } = await setup.service.qr('held');
    const scan = setup.simulator.control.scan({ phone: another, qr: value });
    await setup.service.waitForHeldAcceptances(1);
    const { code, started, tookMs } = await shutDown();
    expect(code).toBe(1);
    expect(tookMs).toBeGreaterThan(8_900);
    expect(tookMs).toBeLessThan(atWorstMs(started));
    await setup.service.says(/Still open: sessions \(0 connected, \d+ reconnecting, 1 pairing\)/);
    expect(await scan).toMatchObject({ paired: false });
    await setup.restart();
    expect(await setup.service.status('held')).toMatchObject({ authExists: true });
    await eventually(
      async () => (await setup.service.status('kept')).status === 'connected',
      10_000,
      () => 'the other account does not reconnect',
    );
  });
});
