import { API } from '../../accounts.js';
import type { Recorder, Sent } from '../../recorder.js';

/** Routes of the service without information about accounts, and addresses that do not exist. */
const OPEN = [
  '/',
  '/?accountId=sales',
  '/assets/main.js',
  '/assets/page.css',
  '/assets/icon.svg',
  '/assets/none.js',
  '/assets/..%2Findex.html',
  '/assets',
  '/docs',
  '/docs/',
  '/docs/swagger-ui-init.js',
  '/docs/swagger-ui.css',
  '/docs/swagger-ui-bundle.js',
  '/docs/none.js',
  '/docs-json',
  '/docs-yaml',
  '/openapi.json',
  '/health/live',
  '/health/ready',
  '/health',
  '/favicon.ico',
  '/none',
  '/api',
  API,
];

/** Methods of routes besides HEAD and OPTIONS. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  '/': ['GET'],
  '/assets/main.js': ['GET'],
  '/docs': ['GET'],
  '/docs-json': ['GET'],
  '/health/live': ['GET'],
  '/health/ready': ['GET'],
  [`${API}/status`]: ['GET'],
  [`${API}/accounts`]: ['GET'],
  [`${API}/events`]: ['GET'],
  [`${API}/pair`]: ['GET', 'POST'],
  [`${API}/pair/qr`]: ['GET'],
  [`${API}/pair/stop`]: ['POST'],
  [`${API}/disconnect`]: ['POST'],
  [`${API}/links`]: ['GET', 'POST'],
  [`${API}/links/nononono`]: ['DELETE'],
  [`${API}/link`]: ['GET'],
  [`${API}/audit`]: ['GET'],
};

const OTHER_SPELLINGS = [
  `${API}/status/`,
  '/API/WhatsApp/Status',
  `${API}/st%61tus`,
  '/HEALTH/live/',
  '/Docs-JSON',
];

const CACHED = ['/', '/assets/main.js', '/docs-json', '/docs/swagger-ui.css'];
const ZIPPED: Sent = { headers: { 'Accept-Encoding': 'gzip' } };

async function hasMethods(recorder: Recorder): Promise<void> {
  for (const [path, known] of Object.entries(METHODS)) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'])
      if (!known.includes(method))
        await recorder.step(`The client sends ${method} to ${path}.`, `${method} ${path}`);
  }
}

async function isCached(recorder: Recorder): Promise<void> {
  for (const path of CACHED) {
    const plain = await recorder.unrecorded(`GET ${path}`);
    const etag = { headers: { 'If-None-Match': plain.header('etag') } };
    await recorder.step(`The client has ${path} already.`, `GET ${path}`, etag);
    await recorder.step(`The client has another version of ${path}.`, `GET ${path}`, {
      headers: { 'If-None-Match': '"other"' },
    });
    await recorder.step(`The client accepts ${path} compressed.`, `GET ${path}`, ZIPPED);
  }
}

/** Each route with each method, and addresses without a route. */
export async function readsRoutes(recorder: Recorder): Promise<void> {
  for (const path of OPEN) await recorder.step(`The client reads ${path}.`, `GET ${path}`);
  for (const path of OTHER_SPELLINGS)
    await recorder.step(`The client reads ${path} in another spelling.`, `GET ${path}`);
  await isCached(recorder);
  await hasMethods(recorder);
  await recorder.step('A page of another site sends a preflight.', `OPTIONS ${API}/pair`, {
    headers: { Origin: 'https://example.com', 'Access-Control-Request-Method': 'POST' },
  });
  const probe = { headers: { Host: '10.1.2.3:3000', Origin: 'https://example.com' } };
  await recorder.step(
    'A probe asks by another address whether the service lives.',
    'GET /health/live',
    probe,
  );
  await recorder.step('A probe asks by another address whether it is ready.', 'GET /health/ready', probe);
  await recorder.step('A browser loads the page by another address.', 'GET /', probe);
}
