import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callFrom } from '../../support/clients/call-from.js';
import { bytesOf, sendRaw } from '../../support/clients/raw-http.js';
import { ServiceProcess } from '../../support/processes/service-process.js';

const PROXY = '127.9.9.9';
const OFFICE = 'https://office.example.com';
const LOCAL = 'http://localhost:5173';

let dataDir: string;
let service: ServiceProcess;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'whatsapp-pairing-'));
  service = await ServiceProcess.start({
    dataDir,
    // No test pairs, so no server is needed.
    server: { url: 'ws://127.0.0.1:1/ws/chat' },
    environment: {
      WHATSAPP_CORS_ORIGINS: `${OFFICE},${LOCAL}`,
      WHATSAPP_TRUSTED_PROXIES: PROXY,
    },
  });
});
afterAll(async () => {
  await service.stop();
  await rm(dataDir, { recursive: true, force: true });
});

type Headers = readonly (readonly [name: string, value: string])[];
const HOST: Headers = [['Host', 'localhost']];
const CLOSING: Headers = [...HOST, ['Connection', 'close']];

function get(target: string, headers: Headers = CLOSING): Buffer {
  return bytesOf({ method: 'GET', target, headers });
}

const ANSWER_POLICY = "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'";
const DOCS_POLICY =
  "default-src 'none';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data: blob:;connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'";
const PAGE_POLICY = /^default-src 'none'; script-src 'self'; style-src 'self'; .*frame-ancestors 'none'$/;

describe('security headers', () => {
  it.each<[what: string, bytes: Buffer, status: number, policy: string | RegExp]>([
    ['a status request', get('/api/whatsapp/status'), 200, ANSWER_POLICY],
    ['an invalid request', get('/api/whatsapp/status?accountId='), 400, ANSWER_POLICY],
    [
      'a cross-site request',
      get('/api/whatsapp/status', [...CLOSING, ['Origin', 'null']]),
      403,
      ANSWER_POLICY,
    ],
    ['a request for an unknown path', get('/none'), 404, ANSWER_POLICY],
    ['a health check', get('/health/live'), 200, ANSWER_POLICY],
    ['a request for the document', get('/docs-json'), 200, ANSWER_POLICY],
    ['a request for a YAML document, which does not exist', get('/docs-yaml'), 404, ANSWER_POLICY],
    ['a request for Swagger UI', get('/docs'), 200, DOCS_POLICY],
    ['a request for the script of Swagger UI', get('/docs/swagger-ui-init.js'), 200, DOCS_POLICY],
    ['a request for the page', get('/'), 200, PAGE_POLICY],
    ['a request for a script of the page', get('/assets/main.js'), 200, ANSWER_POLICY],
    [
      'a body that is no JSON',
      bytesOf({
        method: 'POST',
        target: '/api/whatsapp/pair',
        headers: [...CLOSING, ['Content-Type', 'application/json'], ['Content-Length', '1']],
        body: '{',
      }),
      400,
      ANSWER_POLICY,
    ],
    [
      'a body that is too large',
      bytesOf({
        method: 'POST',
        target: '/api/whatsapp/pair',
        headers: [...CLOSING, ['Content-Type', 'application/json'], ['Content-Length', '16385']],
        body: ' '.repeat(16_385),
      }),
      413,
      ANSWER_POLICY,
    ],
    ['a URL that is too long', get(`/${'a'.repeat(17_000)}`), 431, ANSWER_POLICY],
    ['headers that are too long', get('/', [...HOST, ['X-Long', 'a'.repeat(17_000)]]), 431, ANSWER_POLICY],
    ['bytes that are no HTTP', Buffer.from('garbage\r\n\r\n'), 400, ANSWER_POLICY],
    [
      'a CONNECT request',
      bytesOf({ method: 'CONNECT', target: 'localhost:80', headers: HOST }),
      404,
      ANSWER_POLICY,
    ],
  ])('the answer to %s has the headers that restrict browsers', async (_, bytes, status, policy) => {
    const [answer] = await sendRaw(service.url, bytes);
    const headers = Object.fromEntries(answer?.headers ?? []);
    expect(answer?.status).toBe(status);
    expect(headers['content-security-policy']).toEqual(
      typeof policy === 'string' ? policy : expect.stringMatching(policy),
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    for (const name of ['x-powered-by', 'strict-transport-security', 'cross-origin-opener-policy']) {
      expect(headers).not.toHaveProperty(name);
    }
  });

  it.each(['/', '/docs', '/api/whatsapp/status'])(
    'the answer to %s has HSTS when a trusted proxy reports HTTPS',
    async (path) => {
      const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' };
      const secure = await callFrom(PROXY, service.url, { path, headers });
      expect(secure.headers).toMatchObject({
        'strict-transport-security': 'max-age=31536000',
        'cross-origin-opener-policy': 'same-origin',
      });
      const claimed = await callFrom('127.0.0.1', service.url, { path, headers });
      expect(claimed.headers).not.toHaveProperty('strict-transport-security');
    },
  );
});

const PREFLIGHT = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,content-type',
};

function corsOf(headers: Headers | Iterable<[string, string]>): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control')));
}

describe('CORS', () => {
  it.each([OFFICE, LOCAL])('a page of the configured origin %s may call the API', async (origin) => {
    const url = `${service.url}/api/whatsapp/pair/stop`;
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin, ...PREFLIGHT } });
    expect(preflight.status).toBe(204);
    expect(corsOf(preflight.headers)).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET,HEAD,POST,DELETE',
      'access-control-allow-headers':
        'Authorization,X-API-Key,Content-Type,Last-Event-ID,If-None-Match,X-Requested-With,Cache-Control',
      'access-control-expose-headers': 'Retry-After,ETag',
      'access-control-max-age': '600',
    });
    expect(preflight.headers.get('vary')).toBe('Origin');
    const readable = {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'Retry-After,ETag',
    };
    const headers = { origin, 'sec-fetch-site': 'cross-site' };
    const called = await fetch(url, { method: 'POST', headers });
    expect([called.status, corsOf(called.headers)]).toEqual([200, readable]);
    expect(called.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    const refused = await fetch(`${service.url}/api/whatsapp/status?accountId=`, { headers });
    expect([refused.status, corsOf(refused.headers)]).toEqual([400, readable]);
  });

  it.each([
    'https://evil.example',
    'null',
    'http://office.example.com',
    'https://office.example.com:8443',
    'https://office.example.com.evil.example',
    'https://sub.office.example.com',
    'https://evil.example/https://office.example.com',
    `${OFFICE}, https://evil.example`,
    '',
  ])('a page of the origin %j gets no CORS headers', async (origin) => {
    const url = `${service.url}/api/whatsapp/pair`;
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin, ...PREFLIGHT } });
    expect([preflight.status, corsOf(preflight.headers)]).toEqual([404, {}]);
    const called = await fetch(url, { method: 'POST', headers: { origin, 'sec-fetch-site': 'cross-site' } });
    expect(called.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect([called.status, corsOf(called.headers)]).toEqual([403, {}]);
    expect(((await called.json()) as { code: string }).code).toBe('cross_site');
  });
});
