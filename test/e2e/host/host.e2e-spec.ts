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

/** The usual envelope of the host. */
const wrapped = (body: object): object => ({ data: body });

describe('the module in an application that converts, wraps, prefixes and versions', () => {
  let host: HostProcess;
  const base = '/backend/api/whatsapp';

  beforeAll(async () => {
    host = await environment.start({ prefix: 'backend', interceptors: ['wrapping'], jsonSpaces: 8 });
  });
  afterAll(() => host.stop());

  it('keeps the contract on its own routes', async () => {
    await expectRules(host, base, { success: wrapped });
    expect(JSON.parse((await host.send(`${base}/pair/qr`)).text)).toMatchObject({
      code: 'no_pairing',
      status: 'idle',
    });
    await expectPairing(host, base, environment.simulator.control, '4915110000001', wrapped);
  });

  it("leaves the host's routes as they were: its pipe, its interceptor, its filter", async () => {
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

  it('leaves to the host what is raised before the module: its guard, its parser, an unknown path', async () => {
    const stranger = await host.send(`${base}/status`, { headers: { 'x-stranger': '1' } });
    expect([stranger.status, JSON.parse(stranger.text)]).toEqual([401, { problem: 401 }]);
    const headers = { 'content-type': 'application/json' };
    const malformed = await host.send(`${base}/pair`, { method: 'POST', headers, body: '{' });
    expect([malformed.status, JSON.parse(malformed.text)]).toEqual([400, { problem: 400 }]);
    const unknown = await host.send(`${base}/none`);
    expect([unknown.status, JSON.parse(unknown.text)]).toEqual([404, { problem: 404 }]);
  });

  it('reads no environment variable and leaves no trace in the process', async () => {
    expect(await host.report()).toEqual({ traces: [], environmentRead: [] });
    expect(host.output).not.toMatch(/warning/i);
  });
});

describe('the module in an application that forbids, maps errors and is configured later', () => {
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

  it('keeps the contract on its own routes', async () => {
    const error = () => [418, { problem: 418 }] as const;
    await expectRules(host, base, { success: wrapped, error });
    await expectPairing(host, base, environment.simulator.control, '4915110000002', wrapped);
  });

  it('has taken its options from the factories', async () => {
    for (const accountId of ['first', 'second']) {
      expect((await host.post(`${base}/pair`, { accountId })).status).toBe(200);
    }
    // The interceptor of the host makes every error its own.
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

  it('asks the guards that a factory has given', async () => {
    const asked = await host.send(`${base}/status`);
    expect([asked.status, asked.headers.get('x-guards')]).toEqual([200, 'provided, made, scoped, instance']);
    const refused = await host.send(`${base}/status`, { headers: { 'x-verdict': 'made observable' } });
    expect([refused.status, JSON.parse(refused.text)]).toEqual([403, { problem: 403 }]);
  });

  it("leaves the host's errors to its interceptor", async () => {
    const failed = await host.send('/v1/orders');
    expect([failed.status, JSON.parse(failed.text)]).toEqual([418, { problem: 418 }]);
    const forbidden = await host.post('/v1/orders', { count: 5, unknown: 1 });
    expect(forbidden.status).toBe(418);
  });
});

describe('the module in an application whose global pipe trims every string', () => {
  it('validates what the client sent, not what the pipe of the application makes of it', async () => {
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

describe('the interceptors of an application', () => {
  it('measure the whole duration of a call of the module', async () => {
    const host = await environment.start({ interceptors: ['measuring'] });
    try {
      await host.post('/api/whatsapp/pair', { accountId: 'sales' });
      const known = await host.send('/api/whatsapp/pair/qr?accountId=sales&waitMs=10000');
      const headers = { 'if-none-match': known.headers.get('etag') ?? '' };
      await host.send('/api/whatsapp/pair/qr?accountId=sales&waitMs=400', { headers });
      const [, , waited] = await host.durations();
      expect(waited?.handler).toBe('qr');
      expect(waited?.ms).toBeGreaterThanOrEqual(400);
    } finally {
      await host.stop();
    }
  });

  it('end a long poll with their time limit, and the wait ends with it', async () => {
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

describe('the module in an application that swallows errors', () => {
  it('answers all the same', async () => {
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

describe('the module in an application without a body parser', () => {
  let host: HostProcess;
  const base = '/api/whatsapp';

  beforeAll(async () => {
    host = await environment.start({ bodyParser: false });
  });
  afterAll(() => host.stop());

  it('works with requests that have no body', () =>
    expectPairing(host, base, environment.simulator.control, '4915110000004'));

  it('refuses a body that nobody parsed and never takes it for an empty one', async () => {
    await host.send(`${base}/pair`, { method: 'POST' });
    const nobody = invalid('The application did not parse the body of this request.');
    for (const route of ['pair', 'pair/stop', 'disconnect']) {
      expectJson(await host.post(`${base}/${route}`, { accountId: 'sales' }), 400, nobody);
      expectJson(await host.post(`${base}/${route}`, {}), 400, nobody);
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
        { status: 400, body: JSON.stringify(nobody) },
      ]);
    }
    expect(JSON.parse((await host.send(`${base}/status`)).text)).toMatchObject({ status: 'pending' });
  });
});

describe('the module in an application with a body parser of its own', () => {
  it.each([
    ['raw', 'The body must be a JSON object.'],
    ['text', 'The body must be a JSON object.'],
    ['leaving', 'The application did not parse the body of this request.'],
  ] as const)('does not take for JSON what a %s one made of a body', async (ownParser, message) => {
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
