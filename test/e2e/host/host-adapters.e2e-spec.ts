import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventClient } from '../../support/clients/event-client.js';
import { readPicture } from '../../support/clients/read-qr.js';
import { WaitingClient } from '../../support/clients/waiting-client.js';
import { eventually } from '../../support/eventually.js';
import { HOST_HEADER } from '../../support/host/host.adapters.js';
import type { HostSettings } from '../../support/host/host.program.js';
import { HostProcess } from '../../support/host/host-process.js';
import {
  CROSS_SITE,
  expectJson,
  expectPairing,
  expectRules,
  idle,
  invalid,
} from '../../support/host/host-rules.js';
import { Simulator } from '../../support/processes/simulator.js';
import { CODE_WAIT_MS } from '../../support/time/time-limit.js';

const BASE = '/api/whatsapp';
const [HEADER, VALUE] = HOST_HEADER;

let simulator: Simulator;
let directory: string;

beforeAll(async () => {
  simulator = await Simulator.start();
  directory = await mkdtemp(join(tmpdir(), 'whatsapp-host-'));
});
afterAll(async () => {
  await simulator.stop();
  await rm(directory, { recursive: true, force: true });
});

async function startHost(settings: Partial<HostSettings>): Promise<HostProcess> {
  const dataDirectory = await mkdtemp(join(directory, 'data-'));
  const server = { url: simulator.url, rootKeyHex: simulator.rootKeyHex };
  return HostProcess.start({ dataDirectory, server, ...settings });
}

/** Runs a test with a host of its own. */
async function withHost(
  settings: Partial<HostSettings>,
  test: (host: HostProcess) => Promise<void>,
): Promise<void> {
  const host = await startHost(settings);
  try {
    await test(host);
  } finally {
    await host.stop();
  }
}

describe.each(['express', 'fastify'] as const)('the module in a host on %s', (adapter) => {
  const tenant = { 'x-tenant': 'red' };
  let host: HostProcess;

  beforeAll(async () => {
    host = await startHost({ adapter, tenants: { red: { scopes: ['read', 'pair'] } } });
    await host.post(`${BASE}/pair`, { accountId: 'sales' });
    await host.send(`${BASE}/pair/qr?accountId=sales&waitMs=${CODE_WAIT_MS}`);
  });
  afterAll(() => host.stop());

  const qr = (query = '', init: RequestInit = {}): Promise<Response> =>
    fetch(`${host.url}${BASE}/pair/qr?accountId=sales${query}`, init);

  const waitsOf = async (count: number): Promise<void> => {
    let listeners = -1;
    await eventually(
      async () => (listeners = (await host.tenant('red')).listeners) === count,
      5_000,
      () => `${listeners} calls wait instead of ${count}`,
    );
  };

  it('a route returns JSON with the headers of the module and of the host', async () => {
    const answer = await host.send(`${BASE}/status`);
    expectJson(answer, 200, idle('default'));
    expect(answer.headers.get(HEADER)).toBe(VALUE);
  });

  it.each(['svg', 'png'] as const)(
    'a QR code as %s has its own headers and those of the host',
    async (format) => {
      const { value } = (await (await qr('&format=json')).json()) as { value: string };
      const answer = await qr(`&format=${format}`);
      const picture = Buffer.from(await answer.arrayBuffer());
      const headers = {
        'content-type': format === 'svg' ? 'image/svg+xml' : 'image/png',
        'content-length': String(picture.length),
        'cache-control': 'no-store',
        etag: expect.stringMatching(new RegExp(`^"[0-9a-f-]{36}-1-${format}"$`)),
        vary: 'Accept',
        [HEADER]: VALUE,
      };
      expect([answer.status, Object.fromEntries(answer.headers)]).toMatchObject([200, headers]);
      expect(await readPicture(picture)).toBe(value);
      const head = await qr(`&format=${format}`, { method: 'HEAD' });
      expect([head.status, Object.fromEntries(head.headers), await head.text()]).toMatchObject([
        200,
        headers,
        '',
      ]);
    },
  );

  it('a long poll waits for a newer code, and ends with 304 and the headers of the host', async () => {
    const etag = (await qr()).headers.get('etag') ?? '';
    const begun = performance.now();
    const answer = await qr('&waitMs=400', { headers: { 'if-none-match': etag } });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(400);
    expect([answer.status, answer.headers.get('etag'), answer.headers.get(HEADER)]).toEqual([
      304,
      etag,
      VALUE,
    ]);
  });

  it('a long poll stops waiting when the client closes its connection', async () => {
    const etag = (await qr()).headers.get('etag') ?? '';
    const path = `${BASE}/pair/qr?accountId=sales&waitMs=30000`;
    const client = new WaitingClient(host.url, path, { ...tenant, 'if-none-match': etag });
    await waitsOf(1);
    client.hangUp();
    await waitsOf(0);
    expect((await host.send(`${BASE}/status?accountId=sales`)).text).toContain('"status":"pending"');
  });

  it('a stream has the headers of the host, and its events', async () => {
    const client = await EventClient.open(host.url, '?accountId=streamed', tenant);
    expect(client.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      [HEADER]: VALUE,
    });
    await host.post(`${BASE}/pair`, { accountId: 'streamed' });
    await client.until((messages) => messages.some(({ type }) => type === 'qr'), 'a code');
    expect(client.messages.slice(0, 3).map(({ type }) => type)).toEqual(['snapshot', 'status', 'qr']);
    await waitsOf(1);
    client.hangUp();
    await waitsOf(0);
    await host.post(`${BASE}/pair/stop`, { accountId: 'streamed' });
  });

  it('a HEAD request for events is answered with the headers alone', async () => {
    const { status, headers, text } = await host.send(`${BASE}/events`, { method: 'HEAD' });
    expect([status, headers.get('content-type'), headers.get(HEADER), text]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      VALUE,
      '',
    ]);
  });

  it('errors of a guard, a pipe and a handler are answered by the filter of the module', async () => {
    const cross = await host.send(`${BASE}/status`, { headers: { origin: 'https://evil.example' } });
    expectJson(cross, 403, CROSS_SITE);
    const unknown = await host.send(`${BASE}/events?acountId=sales`);
    expectJson(unknown, 400, invalid('The field "acountId" is not known. Remove it.'));
    const missing = await host.send(`${BASE}/pair/qr?accountId=none`);
    expect([missing.status, JSON.parse(missing.text)]).toMatchObject([
      404,
      { code: 'no_pairing', status: 'idle' },
    ]);
    const picture = await host.send(`${BASE}/pair/qr?accountId=sales`, { headers: { accept: 'image/gif' } });
    expect([picture.status, JSON.parse(picture.text)]).toMatchObject([406, { code: 'not_acceptable' }]);
    for (const { headers } of [cross, unknown, missing, picture]) expect(headers.get(HEADER)).toBe(VALUE);
  });

  it('a body of an unknown media type is refused with 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
      const init = { method: 'POST', headers: { 'content-type': type }, body: 'accountId=sales' };
      expect([type, (await host.send(`${BASE}/pair`, init)).status]).toEqual([type, 415]);
    }
  });

  it('the guards of the host run in their order, and a refusal is answered by the filter of the host', async () => {
    const asked = await host.send(`${BASE}/status`);
    expect([asked.status, asked.headers.get('x-guards')]).toEqual([200, 'provided, made, scoped, instance']);
    for (const [verdict, status] of [
      ['provided false', 403],
      ['made observable', 403],
      ['scoped throw', 401],
    ] as const) {
      const refused = await host.send(`${BASE}/status`, { headers: { 'x-verdict': verdict } });
      expect([refused.status, JSON.parse(refused.text)]).toEqual([status, { problem: status }]);
    }
  });

  it('a host interceptor can map the error of a stream that did not begin', () =>
    withHost({ adapter, interceptors: ['mapping'], eventReaders: 0 }, async (mapped) => {
      const { status, text } = await mapped.send(`${BASE}/events`, { signal: AbortSignal.timeout(5_000) });
      expect([status, JSON.parse(text)]).toEqual([418, { problem: 418 }]);
    }));
});

describe('the module in a host on Fastify', () => {
  const wrapped = (body: object): object => ({ data: body });

  it('the routes keep their contract under a prefix, with conversion and wrapped answers', () =>
    withHost({ adapter: 'fastify', prefix: 'backend', interceptors: ['wrapping'] }, async (host) => {
      await expectRules(host, '/backend/api/whatsapp', { success: wrapped });
      await expectPairing(host, '/backend/api/whatsapp', simulator.control, '4915110000011', wrapped);
      const order = await host.post('/backend/v1/orders', { count: '5', unknown: 1 });
      expect([order.status, JSON.parse(order.text)]).toEqual([
        201,
        { data: { isOrder: true, fields: [['count', 5]] } },
      ]);
      expect(await host.report()).toEqual({ traces: [], environmentRead: [] });
    }));

  it('the routes keep their contract with a forbidding pipe, validateCustomDecorators and mapped errors', () =>
    withHost(
      {
        adapter: 'fastify',
        asynchronous: true,
        tenants: {},
        forbidding: true,
        interceptors: ['wrapping', 'mapping'],
      },
      async (host) => {
        const error = () => [418, { problem: 418 }] as const;
        await expectRules(host, BASE, { success: wrapped, error });
        await expectPairing(host, BASE, simulator.control, '4915110000012', wrapped);
      },
    ));

  it('the module validates the original input when a global pipe trims every string', () =>
    withHost({ adapter: 'fastify', trimming: true }, (host) => expectRules(host, BASE)));

  it('a time limit of the host ends a long poll, and the module stops waiting', () =>
    withHost(
      { adapter: 'fastify', interceptors: ['hurrying'], tenants: { red: { scopes: ['read', 'pair'] } } },
      async (host) => {
        const headers = { 'x-tenant': 'red', 'if-none-match': '*' };
        await host.post(`${BASE}/pair`, { accountId: 'sales' });
        const cut = await host.send(`${BASE}/pair/qr?accountId=sales&waitMs=30000`, { headers });
        expect([cut.status, JSON.parse(cut.text)]).toEqual([500, { problem: 500 }]);
        await eventually(
          async () => (await host.tenant('red')).listeners === 0,
          5_000,
          () => 'the module still waits',
        );
      },
    ));

  it.each([
    ['raw', 'The body must be a JSON object.'],
    ['leaving', 'The application did not parse the body of this request.'],
  ] as const)('the module does not accept a body from a %s parser as JSON', (ownParser, message) =>
    withHost({ adapter: 'fastify', ownParser }, async (host) => {
      for (const body of [{ accountId: 'sales' }, {}])
        expectJson(await host.post(`${BASE}/pair`, body), 400, invalid(message));
      const disconnected = await host.send(`${BASE}/disconnect`, { method: 'POST' });
      expectJson(disconnected, 200, { ok: true, accountId: 'default' });
    }),
  );
});
