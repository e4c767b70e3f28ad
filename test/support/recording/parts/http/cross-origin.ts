import { API } from '../../accounts.js';
import { callsAll } from '../../calls.js';
import { NO_SERVER } from '../../harness.js';
import type { Part } from '../../part.js';
import type { Recorder, Sent } from '../../recorder.js';

const OFFICE = 'https://office.example.com';
const EVIL = 'https://evil.example';
const STATUS = `GET ${API}/status`;
const LINK = { accountId: 'sales', expiresInSeconds: 60 };

const sending = (headers: Record<string, string>): Sent => ({ headers });
const from = (origin: string): Sent => sending({ Origin: origin, 'Sec-Fetch-Site': 'cross-site' });
const preflight = (origin: string): Sent =>
  sending({
    Origin: origin,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'authorization,content-type',
  });
const https = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.7' };

/** Callers with the headers that browsers and proxies add. @param host of the service */
const CALLERS: readonly (readonly [what: string, sent: (host: string) => Sent])[] = [
  ['an opaque origin', () => sending({ Origin: 'null' })],
  ['a foreign origin', () => sending({ Origin: EVIL })],
  ['an origin on another port', () => sending({ Origin: 'http://127.0.0.1:1' })],
  ['an empty origin', () => sending({ Origin: '' })],
  ['its own origin', (host) => sending({ Origin: `http://${host}` })],
  [
    'a fetch of its own page',
    (host) => sending({ Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' }),
  ],
  ['a fetch of another site', () => sending({ 'Sec-Fetch-Site': 'cross-site' })],
  ['a fetch of the same site', () => sending({ 'Sec-Fetch-Site': 'same-site' })],
  ['a fetch of the address bar', () => sending({ 'Sec-Fetch-Site': 'none' })],
  ['a Host of this machine', () => sending({ Host: 'localhost:3000' })],
  ['a Host of IPv6', () => sending({ Host: '[::1]:3000' })],
  ['a Host that is configured', () => sending({ Host: 'wa.example.com' })],
  ['a Host that is not configured', () => sending({ Host: 'evil.example' })],
  ['a Host that is an address', () => sending({ Host: '10.0.0.1' })],
];

async function isGuarded(recorder: Recorder): Promise<void> {
  await callsAll(recorder, 'A page of another site', sending({ Origin: EVIL }));
  const { host } = new URL(recorder.url);
  for (const [what, sent] of CALLERS) {
    await recorder.step(`The client reads with ${what}.`, STATUS, sent(host));
    await recorder.step(`The client stops with ${what}.`, `POST ${API}/pair/stop`, sent(host));
  }
}

async function isShared(recorder: Recorder): Promise<void> {
  for (const [whose, origin] of [
    ['A configured', OFFICE],
    ['Another', EVIL],
  ] as const) {
    const page = from(origin);
    await recorder.step(`${whose} origin sends a preflight.`, `OPTIONS ${API}/pair`, preflight(origin));
    await recorder.step(
      `${whose} origin sends a preflight to an unknown path.`,
      'OPTIONS /none',
      preflight(origin),
    );
    await recorder.step(`${whose} origin sends OPTIONS that is no preflight.`, `OPTIONS ${API}/pair`, page);
    await recorder.step(`${whose} origin reads the status.`, STATUS, page);
    await recorder.step(`${whose} origin stops a pairing.`, `POST ${API}/pair/stop`, page);
    await recorder.step(`${whose} origin sends a bad query.`, `${STATUS}?accountId=`, page);
    await recorder.step(`${whose} origin reads an unknown path.`, 'GET /none', page);
    await recorder.step(`${whose} origin reads the health.`, 'GET /health/live', page);
    await recorder.step(`${whose} origin reads the page.`, 'GET /', page);
    await recorder.step(`${whose} origin asks for the headers of the events.`, `HEAD ${API}/events`, page);
  }
  await recorder.step('A client without an origin reads where origins are configured.', STATUS);
}

async function isBehindProxy(recorder: Recorder): Promise<void> {
  for (const path of ['/', '/docs', `${API}/status`, '/health/live', '/none'])
    await recorder.step(`A proxy asks over https for ${path}.`, `GET ${path}`, { headers: https });
  const headers = { ...https, Host: 'wa.example.com' };
  await recorder.step('A proxy makes a link over https.', `POST ${API}/links`, { body: LINK, headers });
  const odd = { ...https, Host: 'wa.example.com:x' };
  await recorder.step('A proxy makes a link with an invalid Host.', `POST ${API}/links`, {
    body: LINK,
    headers: odd,
  });
}

export const crossOrigin: Part = {
  about: 'callers from browsers, other hosts and proxies',
  async record(start) {
    const environment = {
      WHATSAPP_ALLOWED_HOSTS: 'wa.example.com',
      WHATSAPP_CORS_ORIGINS: `${OFFICE},http://localhost:5173`,
      WHATSAPP_TRUSTED_PROXIES: '127.0.0.1',
    };
    const recorder = await start({ server: NO_SERVER, environment });
    await isGuarded(recorder);
    await isShared(recorder);
    await isBehindProxy(recorder);
  },
};
