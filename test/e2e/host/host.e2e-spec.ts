import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { HostEnvironment } from '../../support/host/host-environment.js';
import type { HostProcess } from '../../support/host/host-process.js';
import { expectJson, expectPairing, expectRules, invalid } from '../../support/host/host-rules.js';
import { bytesOf, chunked, sendRaw } from '../../support/clients/raw-http.js';

let environment: HostEnvironment;

beforeAll(async () => {
  environment = await HostEnvironment.create();
});
afterAll(() => environment.close());

/** A success body inside the envelope of the wrapping interceptor. */
const wrapped = (body: object): object => ({ data: body });

describe('the module in a host with conversion, wrapped answers, a path prefix and versioning', () => {
  let host: HostProcess;
  const base = '/backend/api/whatsapp';

  beforeAll(async () => {
    host = await environment.start({ prefix: 'backend', interceptors: ['wrapping'], jsonSpaces: 8 });
  });
  afterAll(() => host.stop());

  it('the routes of the module keep their contract', async () => {
    await expectRules(host, base, { success: wrapped });
    expect(JSON.parse((await host.send(`${base}/pair/qr`)).text)).toMatchObject({
      code: 'no_pairing',
      status: 'idle',
    });
    await expectPairing(host, base, environment.simulator.control, '4915110000001', wrapped);
  });

  it("the host's own routes keep their pipe, interceptor and filter", async () => {
    const order = await host.post('/backend/v1/orders', { count: '5', unknown: 1 });
    expect([order.status, JSON.parse(order.text)]).toEqual([
      201,
      { data: { isOrder: true, fields: [['count', 5]] } },
    ]);
    const bad = await host.post('/backend/v1/orders', { count: 'many' });
    expect([bad.status, JSON.parse(bad.text)]).toEqual([400, { problem: 400 }]);
    const failed = await host.send('/backend/v1/orders');
    expect([failed.status, JSON.parse(failed.text)]).toEqual([500, { problem: 500 }]);
    const foreign = await host.send('/backend/v1/orders', { headers: { origin: 'https://evil.example' } });
    expect(foreign.status).toBe(500);
  });

  it("the host's filter answers errors that occur before the module: guard, body parser, unknown path", async () => {
    const stranger = await host.send(`${base}/status`, { headers: { 'x-stranger': '1' } });
    expect([stranger.status, JSON.parse(stranger.text)]).toEqual([401, { problem: 401 }]);
    const headers = { 'content-type': 'application/json' };
    const malformed = await host.send(`${base}/pair`, { method: 'POST', headers, body: '{' });
    expect([malformed.status, JSON.parse(malformed.text)]).toEqual([400, { problem: 400 }]);
    const unknown = await host.send(`${base}/none`);
    expect([unknown.status, JSON.parse(unknown.text)]).toEqual([404, { problem: 404 }]);
  });

  it('the module reads no environment variables and leaves no traces in the process', async () => {
    expect(await host.report()).toEqual({ traces: [], environmentRead: [] });
    expect(host.output).not.toMatch(/warning/i);
  });
});

describe('the module in a host with forRootAsync, a forbidding pipe and mapped errors', () => {
  let host: HostProcess;
  const base = '/api/whatsapp';

  beforeAll(async () => {
    host = await environment.start({
      asynchronous: true,
      tenants: {},
      forbidding: true,
      interceptors: ['wrapping', 'mapping'],
    });
  });
  afterAll(() => host.stop());

  it('the routes of the module keep their contract', async () => {
    const error = () => [418, { problem: 418 }] as const;
    await expectRules(host, base, { success: wrapped, error });
    await expectPairing(host, base, environment.simulator.control, '4915110000002', wrapped);
  });

  it('the module uses the options from the factories', async () => {
    for (const accountId of ['first', 'second']) {
      expect((await host.post(`${base}/pair`, { accountId })).status).toBe(200);
    }
    // The interceptor of the host replaces every error.
    expect((await host.post(`${base}/pair`, { accountId: 'third' })).status).toBe(418);
    const get = bytesOf({
      method: 'GET',
      target: `${base}/status`,
      headers: [
        ['Host', 'later.example.com'],
        ['Connection', 'close'],
      ],
    });
    expect(await sendRaw(host.url, get)).toMatchObject([{ status: 200 }]);
  });

  it('the module calls the guards from a factory', async () => {
    const asked = await host.send(`${base}/status`);
    expect([asked.status, asked.headers.get('x-guards')]).toEqual([200, 'provided, made, scoped, instance']);
    const refused = await host.send(`${base}/status`, { headers: { 'x-verdict': 'made observable' } });
    expect([refused.status, JSON.parse(refused.text)]).toEqual([403, { problem: 403 }]);
  });

  it("the host's interceptor maps errors of the host's own routes", async () => {
    const failed = await host.send('/v1/orders');
    expect([failed.status, JSON.parse(failed.text)]).toEqual([418, { problem: 418 }]);
    const forbidden = await host.post('/v1/orders', { count: 5, unknown: 1 });
    expect(forbidden.status).toBe(418);
  });
});

describe('the module in a host whose global pipe trims every string', () => {
  it('the module validates the original input, not the output of the global pipe', async () => {
    const host = await environment.start({ trimming: true });
    try {
      await expectRules(host, '/api/whatsapp');
      expect(JSON.parse((await host.post('/v1/orders', { count: ' 5 ' })).text)).toEqual({
        isOrder: true,
        fields: [['count', 5]],
      });
    } finally {
      await host.stop();
    }
  });
});

describe('interceptors of a host', () => {
  it('a measuring interceptor sees the whole duration of a call', async () => {
    const host = await environment.start({ interceptors: ['measuring'] });
    try {
      await host.post('/api/whatsapp/pair', { accountId: 'sales' });
      const known = await host.send('/api/whatsapp/pair/qr?accountId=sales&waitMs=10000');
      const headers = { 'if-none-match': known.headers.get('etag') ?? '' };
      await host.send('/api/whatsapp/pair/qr?accountId=sales&waitMs=400', { headers });
      const [, , waited] = await host.durations();
      expect(waited?.handler).toBe('qr');
      // Timers of Node may fire 1 ms early.
      expect(waited?.ms).toBeGreaterThanOrEqual(399);
    } finally {
      await host.stop();
    }
  });

  it('a time limit of the host ends a long poll, and the module stops waiting', async () => {
    const host = await environment.start({
      interceptors: ['hurrying'],
      tenants: { red: { scopes: ['read', 'pair'] } },
    });
    try {
      const tenant = { 'x-tenant': 'red' };
      expect((await host.post('/api/whatsapp/pair', { accountId: 'sales' }, tenant)).status).toBe(200);
      const shown = await host.send('/api/whatsapp/pair/qr?accountId=sales', { headers: tenant });
      const headers = { ...tenant, 'if-none-match': shown.headers.get('etag') ?? '*' };
      const cut = await host.send('/api/whatsapp/pair/qr?accountId=sales&waitMs=30000', { headers });
      expect([cut.status, JSON.parse(cut.text)]).toEqual([500, { problem: 500 }]);
      await eventually(
        async () => (await host.tenant('red')).listeners === 0,
        5_000,
        () => 'the wait has not ended',
      );
    } finally {
      await host.stop();
    }
  });
});

describe('the module in a host whose interceptor swallows errors', () => {
  it('the module pairs and disconnects, and errors are answered with the value of the interceptor', async () => {
    const host = await environment.start({ interceptors: ['swallowing'] });
    try {
      await expectPairing(host, '/api/whatsapp', environment.simulator.control, '4915110000003');
      const refused = await host.post('/api/whatsapp/pair', { accountId: 123 });
      expect(JSON.parse(refused.text)).toEqual({ swallowed: true });
      expect(JSON.parse((await host.send('/v1/orders')).text)).toEqual({ swallowed: true });
    } finally {
      await host.stop();
    }
  });
});

describe('the module in a host without a body parser', () => {
  let host: HostProcess;
  const base = '/api/whatsapp';

  beforeAll(async () => {
    host = await environment.start({ bodyParser: false });
  });
  afterAll(() => host.stop());

  it('requests without a body work', () =>
    expectPairing(host, base, environment.simulator.control, '4915110000004'));

  it('a body that was not parsed is refused and never counts as empty', async () => {
    await host.send(`${base}/pair`, { method: 'POST' });
    const notParsed = invalid('The application did not parse the body of this request.');
    for (const route of ['pair', 'pair/stop', 'disconnect']) {
      expectJson(await host.post(`${base}/${route}`, { accountId: 'sales' }), 400, notParsed);
      expectJson(await host.post(`${base}/${route}`, {}), 400, notParsed);
      const announced = bytesOf({
        method: 'POST',
        target: `${base}/${route}`,
        headers: [
          ['Host', 'localhost'],
          ['Connection', 'close'],
          ['Content-Type', 'application/json'],
          ['Transfer-Encoding', 'chunked'],
        ],
        body: chunked('{"accountId":', '"sales"}'),
      });
      expect(await sendRaw(host.url, announced)).toMatchObject([
        { status: 400, body: JSON.stringify(notParsed) },
      ]);
    }
    expect(JSON.parse((await host.send(`${base}/status`)).text)).toMatchObject({ status: 'pending' });
  });
});

describe('the module in a host with its own body parser', () => {
  it.each([
    ['raw', 'The body must be a JSON object.'],
    ['text', 'The body must be a JSON object.'],
    ['leaving', 'The application did not parse the body of this request.'],
  ] as const)('the module does not accept a body from a %s parser as JSON', async (ownParser, message) => {
    const host = await environment.start({ ownParser });
    try {
      for (const body of [{ accountId: 'sales' }, {}]) {
        expectJson(await host.post('/api/whatsapp/pair', body), 400, invalid(message));
      }
      expectJson(await host.send('/api/whatsapp/disconnect', { method: 'POST' }), 200, {
        ok: true,
        accountId: 'default',
      });
    } finally {
      await host.stop();
    }
  });
});
