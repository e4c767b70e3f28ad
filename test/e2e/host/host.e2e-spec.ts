import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Simulator } from '../../support/processes/simulator.js';
import { eventually } from '../../support/eventually.js';
import { HostProcess } from '../../support/host/host-process.js';
import type { HostAnswer } from '../../support/host/host-process.js';
import type { HostSettings } from '../../support/host/host.program.js';
import { bytesOf, chunked, sendRaw } from '../../support/clients/raw-http.js';
import { CODE_WAIT_MS } from '../../support/time/time-limit.js';

let simulator: Simulator;
const directories: string[] = [];

beforeAll(async () => {
  simulator = await Simulator.start();
});
afterAll(async () => {
  await simulator.stop();
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

async function startHost(settings: Partial<HostSettings> = {}): Promise<HostProcess> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'whatsapp-host-'));
  directories.push(dataDirectory);
  const server = { url: simulator.url, rootKeyHex: simulator.rootKeyHex };
  return HostProcess.start({ dataDirectory, server, ...settings });
}

const BAD_REQUEST = { ok: false, statusCode: 400, error: 'Bad Request', code: 'invalid_request' };

/** Compared as text: not even the white space is the host's. */
function expectJson({ status, headers, text }: HostAnswer, expectedStatus: number, body: object): void {
  expect([status, text]).toEqual([expectedStatus, JSON.stringify(body)]);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-store');
}

const idle = (accountId: string): object => ({
  accountId,
  status: 'idle',
  authExists: false,
  serviceConnected: false,
  servicePhone: null,
});

const CROSS_SITE = {
  ok: false,
  statusCode: 403,
  error: 'Forbidden',
  code: 'cross_site',
  message:
    'Requests from pages of other sites are refused, and so is a Host that is neither loopback nor allowed.',
};

const ID_RULE = 'accountId must be a text of 1 to 64 letters, digits, "_" or "-".';
const invalid = (message: string): object => ({ ...BAD_REQUEST, message });

/** Validation and guard on the module's own routes, whatever the host is like. */
async function expectRules(host: HostProcess, base: string): Promise<void> {
  expectJson(await host.send(`${base}/status`), 200, idle('default'));
  expectJson(await host.send(`${base}/status?accountId=123`), 200, idle('123'));
  for (const accountId of [123, null, '', true, ['a'], 'x'.repeat(65)]) {
    expectJson(await host.post(`${base}/pair`, { accountId }), 400, invalid(ID_RULE));
  }
  for (const name of ['acountId', '__proto__', 'constructor', 'toString']) {
    const unknown = invalid(`The field "${name}" is not known here.`);
    const headers = { 'content-type': 'application/json' };
    const body = `{"${name}":"sales"}`;
    expectJson(await host.send(`${base}/pair`, { method: 'POST', headers, body }), 400, unknown);
    expectJson(await host.send(`${base}/status?${name}=sales`), 400, unknown);
  }
  expectJson(await host.send(`${base}/status?accountId=a&accountId=b`), 400, invalid(ID_RULE));
  expectJson(
    await host.send(`${base}/pair/qr?waitMs=1.5`),
    400,
    invalid('waitMs must be a whole number from 0 to 30000.'),
  );
  expectJson(
    await host.send(`${base}/status`, { headers: { origin: 'https://evil.example' } }),
    403,
    CROSS_SITE,
  );
  const form = { method: 'POST', body: new URLSearchParams({ accountId: 'sales' }) };
  expect(JSON.parse((await host.send(`${base}/pair`, form)).text)).toMatchObject({
    statusCode: 415,
    code: 'unsupported_media_type',
  });
  const large = `${' '.repeat(17_000)}{}`;
  const headers = { 'content-type': 'application/json' };
  expect(
    JSON.parse((await host.send(`${base}/pair`, { method: 'POST', headers, body: large })).text),
  ).toMatchObject({
    statusCode: 413,
    code: 'body_too_large',
  });
}

/** From nothing to a connection and back, without a single body. */
async function expectPairing(host: HostProcess, base: string, phone: string): Promise<void> {
  expect(JSON.parse((await host.send(`${base}/pair/qr`)).text)).toMatchObject({
    code: 'no_pairing',
    status: 'idle',
  });
  expectJson(await host.send(`${base}/pair`, { method: 'POST' }), 200, {
    ok: true,
    accountId: 'default',
    status: 'pending',
  });
  const shown = await host.send(`${base}/pair/qr?format=json&waitMs=${CODE_WAIT_MS}`);
  const code = JSON.parse(shown.text) as { value: string };
  expect(Object.keys(code)).toEqual(['value', 'sequence', 'of', 'expiresAt']);
  const known = { headers: { 'if-none-match': shown.headers.get('etag') ?? '' } };
  expect((await host.send(`${base}/pair/qr?format=json&waitMs=200`, known)).status).toBe(304);
  expect(await simulator.control.scan({ phone, qr: code.value })).toMatchObject({ paired: true });
  let status = '';
  await eventually(
    async () => (status = (await host.send(`${base}/status`)).text).includes('"status":"connected"'),
    10_000,
    () => status,
  );
  expect(JSON.parse(status)).toEqual({
    accountId: 'default',
    status: 'connected',
    authExists: true,
    serviceConnected: true,
    servicePhone: phone,
  });
  expectJson(await host.send(`${base}/disconnect`, { method: 'POST' }), 200, {
    ok: true,
    accountId: 'default',
  });
  expectJson(await host.send(`${base}/status`), 200, idle('default'));
}

describe('the module in an application that converts, wraps, prefixes and versions', () => {
  let host: HostProcess;
  const base = '/backend/api/whatsapp';

  beforeAll(async () => {
    host = await startHost({ prefix: 'backend', interceptors: ['wrapping'] });
  });
  afterAll(() => host.stop());

  it('keeps the contract on its own routes', async () => {
    await expectRules(host, base);
    await expectPairing(host, base, '4915110000001');
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
    host = await startHost({
      asynchronous: true,
      tenants: {},
      forbidding: true,
      interceptors: ['wrapping', 'mapping', 'hurrying'],
    });
  });
  afterAll(() => host.stop());

  it('keeps the contract on its own routes', async () => {
    await expectRules(host, base);
    await expectPairing(host, base, '4915110000002');
  });

  it('has taken its options from the factories', async () => {
    for (const accountId of ['first', 'second']) {
      expect((await host.post(`${base}/pair`, { accountId })).status).toBe(200);
    }
    const third = await host.post(`${base}/pair`, { accountId: 'third' });
    expect(JSON.parse(third.text)).toMatchObject({ statusCode: 429, code: 'too_many_sessions' });
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
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

describe('the module in an application that swallows errors', () => {
  it('answers all the same', async () => {
    const host = await startHost({ interceptors: ['swallowing'] });
    try {
      await expectRules(host, '/api/whatsapp');
      await expectPairing(host, '/api/whatsapp', '4915110000003');
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
    host = await startHost({ bodyParser: false });
  });
  afterAll(() => host.stop());

  it('works with requests that have no body', () => expectPairing(host, base, '4915110000004'));

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
    const host = await startHost({ ownParser });
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
