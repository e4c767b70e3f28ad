import type { Random } from '../../support/requests/random.js';
import { FORBIDDEN } from './holders.js';
import type { Route } from './routes.js';
import type { KnownIds } from './values.js';

const OTHER_TARGETS = [
  '/',
  '/docs-json',
  '/docs',
  '/health/live',
  '/health/ready',
  '/assets/none.js',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/assets/..%2f..%2f.env',
  '/docs/%2e%2e%2fpackage.json',
  '/.env',
  '/none',
  '/api',
  '/api/whatsapp',
  '/api/whatsapp/keys',
  '/api/whatsapp/link/x',
  '/__proto__',
  '/%',
  '/%00',
  '*',
];

function pathFor(random: Random, { path }: Route, { revocable, hidden }: KnownIds): string {
  const id = random.one([
    ...revocable,
    ...hidden,
    'AAAAAAAA',
    '__proto__',
    '%00',
    '%2e%2e',
    '..',
    'constructor',
    `${hidden[0] ?? ''}%00`,
    `${hidden[0] ?? ''}%2f`,
    'x'.repeat(3_000),
  ]);
  return path.replace(/\{\w+\}/, id);
}

/** Returns a variant of the path that could bypass a careless check of paths. */
function pathVariant(random: Random, path: string): string {
  const letters = [...path.matchAll(/[a-z]/gi)];
  const { index: at } = random.one(letters);
  const code = path.charCodeAt(at).toString(16);
  return random.one([
    () => path.toUpperCase(),
    () => `${path}/`,
    () => `${path}//`,
    () => `/${path}`,
    () => path.replace('/whatsapp', '//whatsapp'),
    () => path.replace('/whatsapp', '/./whatsapp'),
    () => path.replace('/whatsapp', '/x/../whatsapp'),
    () => path.replace('/whatsapp/', '/whatsapp%2f'),
    () => path.replaceAll('/', '\\'),
    () => `${path.slice(0, at)}%${code}${path.slice(at + 1)}`,
    () => `${path.slice(0, at)}%25${code}${path.slice(at + 1)}`,
    () => `${path};x=1`,
    () => `${path}%00`,
    () => `${path}%0a`,
    () => `${path}.json`,
    () => `${path}/x`,
    () => path.slice(0, at),
    () => `${path}#x`,
    () => `${path}#?accountId=${FORBIDDEN.linked}`,
    () => `http://localhost${path}`,
    () => `http://evil.example${path}`,
    () => `http://[${path}`,
    () => `http://a:99999${path}`,
    () => `http://user:pw@localhost${path}`,
    () => `http:${path}`,
    () => `x:/${path}`,
    () => `//evil.example${path}`,
    () => `//[${path}`,
  ])();
}

/** Returns the target: for one request in five another path, or a variant of the path of its route. */
export function targetFor(random: Random, route: Route, ids: KnownIds): string {
  const path = pathFor(random, route, ids);
  const where = random.below(15);
  return where === 0 ? random.one(OTHER_TARGETS) : where < 3 ? pathVariant(random, path) : path;
}
