import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesOf, sendRaw } from '../../support/clients/raw-http.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

let setup: TestEnvironment;
let port: string;

beforeAll(async () => {
  setup = await TestEnvironment.create({
    environment: { WHATSAPP_ALLOWED_HOSTS: 'api.example.com, Upper.Example.com,192.168.7.7' },
  });
  ({ port } = new URL(setup.service.url));
  await setup.link('linked');
});
afterAll(() => setup.close());

type Headers = readonly (readonly [name: string, value: string])[];

const ROUTES = [
  ['POST', '/api/whatsapp/pair'],
  ['POST', '/api/whatsapp/pair/stop'],
  ['POST', '/api/whatsapp/disconnect'],
  ['GET', '/api/whatsapp/pair'],
  ['GET', '/api/whatsapp/pair/qr'],
  ['GET', '/api/whatsapp/status'],
] as const;

/** Sends a raw request, so that it can carry headers that only a browser can set. */
async function send(
  method: string,
  target: string,
  headers: Headers,
): Promise<{ status: number; body: string }> {
  const bytes = bytesOf({ method, target, headers: [...headers, ['Connection', 'close']] });
  const [answer] = await sendRaw(setup.service.url, bytes);
  if (!answer) throw new Error('the service did not answer');
  return answer;
}

const at = (host: string): readonly ['Host', string] => ['Host', host];
const origin = (value: string): readonly ['Origin', string] => ['Origin', value];
const site = (value: string): readonly ['Sec-Fetch-Site', string] => ['Sec-Fetch-Site', value];

async function expectRefused(headers: Headers): Promise<void> {
  for (const [method, target] of ROUTES) {
    const { status, body } = await send(method, target, headers);
    expect([method, target, status, JSON.parse(body)]).toEqual([
      method,
      target,
      403,
      {
        ok: false,
        statusCode: 403,
        error: 'Forbidden',
        code: 'cross_site',
        message:
          'The request came from a page of another site, or its Host is neither loopback nor an allowed name.',
      },
    ]);
  }
}

async function expectPassed(headers: Headers): Promise<void> {
  const stopped = await send('POST', '/api/whatsapp/pair/stop', headers);
  expect([stopped.status, JSON.parse(stopped.body)]).toMatchObject([200, { ok: true }]);
  expect((await send('GET', '/api/whatsapp/status', headers)).status).toBe(200);
  expect((await send('GET', '/api/whatsapp/pair', headers)).status).toBe(200);
}

describe('protection against cross-site requests', () => {
  it.each<[what: string, headers: () => Headers]>([
    ['a foreign origin', () => [at(`localhost:${port}`), origin('https://evil.example')]],
    ['an opaque origin (a sandboxed frame, a file)', () => [at(`localhost:${port}`), origin('null')]],
    [
      'the origin of another port of this machine',
      () => [at(`localhost:${port}`), origin('http://localhost:1')],
    ],
    [
      'an origin that only starts like the own origin',
      () => [at(`localhost:${port}`), origin(`http://localhost:${port}.evil.example`)],
    ],
    [
      'the origin of another loopback name',
      () => [at(`127.0.0.1:${port}`), origin(`http://localhost:${port}`)],
    ],
    [
      'an origin of another scheme',
      () => [at(`localhost:${port}`), origin(`chrome-extension://localhost:${port}`)],
    ],
    [
      'an allowed host as the origin of a request to another host',
      () => [at(`localhost:${port}`), origin('https://api.example.com')],
    ],
    ['an empty origin', () => [at(`localhost:${port}`), origin('')]],
    [
      'a pair of origins',
      () => [at(`localhost:${port}`), origin(`http://localhost:${port}, https://evil.example`)],
    ],
    ['a cross-site fetch', () => [at(`localhost:${port}`), site('cross-site')]],
    ['a same-site fetch (another port or subdomain)', () => [at(`localhost:${port}`), site('same-site')]],
    ['an unknown value of Sec-Fetch-Site', () => [at(`localhost:${port}`), site('SAME-ORIGIN')]],
    [
      'a pair of Sec-Fetch-Site headers',
      () => [at(`localhost:${port}`), site('same-origin'), site('cross-site')],
    ],
    [
      'a cross-site fetch that claims the own origin',
      () => [at(`localhost:${port}`), origin(`http://localhost:${port}`), site('cross-site')],
    ],
    [
      'the own origin under a rebound host name',
      () => [at('evil.example'), origin('http://evil.example'), site('same-origin')],
    ],
  ])('%s is refused on every route', (_, headers) => expectRefused(headers()));

  it.each<[host: string]>([
    ['evil.example'],
    ['evil.example:3000'],
    ['localhost.evil.example'],
    ['127.0.0.1.evil.example'],
    ['evil-localhost'],
    ['xlocalhost'],
    ['0.0.0.0'],
    ['[::]'],
    ['[::ffff:127.0.0.1]'],
    ['[::1].evil.example'],
    ['::1'],
    ['192.168.7.8'],
    ['10.0.0.1'],
    ['128.0.0.1'],
    ['evil.example@localhost'],
    ['localhost@evil.example'],
    ['localhost:80@evil.example'],
    ['evil.example#@localhost'],
    ['evil.example/localhost'],
    ['evil.example\\localhost'],
    ['evil.example?localhost'],
    ['localhost evil.example'],
    ['localhost,evil.example'],
    ['localhost:port'],
    ['localhost:99999'],
    ['localhost:-1'],
    ['localhost..'],
    ['.localhost'],
    ['%'],
    [''],
    ['.'],
    [':3000'],
    ['sub.api.example.com'],
    ['example.com'],
    ['api.example.com.evil.example'],
    ['apiXexample.com'],
  ])('the host %j is refused on every route', (host) => expectRefused([at(host)]));

  it('a request without a host is refused', () => expectRefused([]));

  it('a refused request has no effect', async () => {
    expect(await setup.service.status('linked')).toMatchObject({ status: 'connected' });
    expect(await setup.service.status('default')).toMatchObject({ status: 'idle' });
    expect((await setup.simulator.control.state()).openSockets).toBe(1);
  });

  it.each<[host: string]>([
    ['localhost'],
    ['LOCALHOST:3000'],
    ['localhost.'],
    ['localhost.:3000'],
    ['127.0.0.1'],
    ['127.0.0.1:65535'],
    ['127.9.8.7'],
    ['[::1]'],
    ['[::1]:3000'],
    ['[0:0:0:0:0:0:0:1]'],
    ['api.example.com'],
    ['API.example.com:8443'],
    ['api.example.com.'],
    ['upper.example.com'],
    ['192.168.7.7:3000'],
  ])('the host %j is accepted from a client that is no browser', (host) => expectPassed([at(host)]));

  it.each<[what: string, headers: () => Headers]>([
    [
      'the page of the service',
      () => [at(`localhost:${port}`), origin(`http://localhost:${port}`), site('same-origin')],
    ],
    [
      'the page of the service in an older browser',
      () => [at(`127.0.0.1:${port}`), origin(`http://127.0.0.1:${port}`)],
    ],
    [
      'the page of the service over IPv6',
      () => [at(`[::1]:${port}`), origin(`http://[::1]:${port}`), site('same-origin')],
    ],
    ['the address bar', () => [at(`localhost:${port}`), site('none')]],
    [
      'a page of an allowed host behind a proxy that ends TLS',
      () => [at('api.example.com'), origin('https://api.example.com'), site('same-origin')],
    ],
  ])('a request from %s is accepted', (_, headers) => expectPassed(headers()));

  it('Swagger UI loads, and its requests are accepted', async () => {
    const page = await fetch(`${setup.service.url}/docs`);
    const html = await page.text();
    expect(page.status).toBe(200);
    const assets = [...html.matchAll(/(?:src|href)="(\.\/)?(docs\/)?([\w./-]+)"/g)].map((match) => match[3]);
    expect(assets).toContain('swagger-ui-bundle.js');
    for (const asset of assets) {
      expect([asset, (await fetch(`${setup.service.url}/docs/${asset}`)).status]).toEqual([asset, 200]);
    }
    await expectPassed([at(`127.0.0.1:${port}`), origin(setup.service.url), site('same-origin')]);
  });

  it('a page of another site gets no CORS headers', async () => {
    const headers = {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    for (const method of ['OPTIONS', 'GET', 'POST']) {
      const answer = await fetch(`${setup.service.url}/api/whatsapp/pair`, { method, headers });
      expect(answer.ok).toBe(false);
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});
