import type { Random } from '../../support/requests/random.js';
import { bytesOf } from '../../support/clients/raw-http.js';
import { bodyFor, NO_BODY, plainBody, type Body } from './fuzz-body.js';
import {
  presentCredential,
  type CredentialHolders,
  type Header,
  type PresentedCredential,
} from './credentials.js';
import { targetFor } from './fuzz-target.js';
import type { Route } from './routes.js';
import { accountFor, jsonFor, queryFor, type KnownIds } from './values.js';

export interface FuzzRequest {
  readonly method: string;
  readonly target: string;
  readonly bytes: Buffer;
  readonly shown: PresentedCredential;
  /** Set when the request is valid except perhaps for its credentials: the route, and the account if one is named. */
  readonly plain: { readonly route: Route; readonly accountId: string | null } | null;
  /** The JSON text of the body, if it has one. */
  readonly text: string | null;
  /** Time after which the test hangs up without an answer; null: an answer is required. */
  readonly timeoutMs: number | null;
  /**
   * Whether the connection must not be used again: after an ignored upgrade, Node does not answer malformed requests.
   */
  readonly isLast: boolean;
}

/** The routes, credentials and ids for random requests. */
export interface Material {
  readonly routes: readonly Route[];
  readonly holders: CredentialHolders;
  readonly ids: KnownIds;
}

const HOST: Header = ['Host', 'localhost'];
const CUT_AFTER_MS = 60;

const METHODS = [
  'GET',
  'POST',
  'DELETE',
  'HEAD',
  'PUT',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'QUERY',
  'PROPFIND',
  'LOCK',
];

const ODD_HEADERS: readonly ((random: Random) => readonly Header[])[] = [
  () => [['Origin', 'https://evil.example']],
  () => [['Origin', 'null']],
  () => [['Sec-Fetch-Site', 'cross-site']],
  () => [['X-HTTP-Method-Override', 'DELETE']],
  () => [['X-Original-URL', '/api/whatsapp/audit']],
  () => [['X-Forwarded-For', `127.0.0.1, ${'1.1.1.1,'.repeat(100)}`]],
  () => [
    ['X-Forwarded-Host', 'evil.example'],
    ['X-Forwarded-Proto', 'javascript'],
    ['Forwarded', 'for=_x'],
  ],
  () => [
    ['Accept', 'text/*;q=0, application/x'],
    ['Accept-Encoding', 'br;q=1e9'],
  ],
  () => [['If-None-Match', `*, "x", W/"${'y'.repeat(500)}"`]],
  (random) => [
    ['Last-Event-ID', random.one(['0', '-1', '1-1', '\u00ff', '9'.repeat(400), '__proto__', '1-999999'])],
  ],
  () => [
    ['Range', 'bytes=0-'],
    ['If-Modified-Since', 'never'],
  ],
  () => [
    ['Connection', 'upgrade'],
    ['Upgrade', 'websocket'],
  ],
  () => [['Expect', '100-continue']],
  () => [['Expect', '200-ok']],
  () => [['Cookie', '__proto__=1; a=%00']],
  () => Array.from({ length: 60 }, (_, n): Header => [`X-${n}`, 'x'.repeat(50)]),
  () => [
    ['__proto__', 'x'],
    ['constructor', 'x'],
    ['X-\u0021', '\u00fe\u00ff'],
  ],
  () => [['Referer', 'http://localhost/#wpl_']],
];

function hostFor(random: Random): readonly Header[] {
  if (random.below(30) > 0) return [HOST];
  return random.one<readonly Header[]>([
    [],
    [['Host', '']],
    [['Host', 'evil.example']],
    [['Host', 'localhost:99999']],
    [['Host', '[::1']],
    [['Host', 'a b']],
    [['Host', 'x@localhost']],
    [
      ['Host', 'localhost'],
      ['Host', 'evil.example'],
    ],
  ]);
}

/** Returns a request that is valid except perhaps for its credentials. */
function plainRequest(random: Random, { routes, holders, ids }: Material): FuzzRequest {
  const shown = presentCredential(random, holders);
  const { by } = shown;
  const isAllowed = by !== null && random.below(2) === 0;
  const route = random.one(isAllowed ? routes.filter((one) => one.isOpenTo(by)) : routes);
  const takesAccount = [...route.parameters, ...route.fields].some(({ name }) => name === 'accountId');
  const account = isAllowed && by.accounts ? random.one(by.accounts).replace('*', '7') : accountFor(random);
  // Lists are also requested without an account.
  const isNamed = takesAccount && (route.isAboutDefault || route.action !== null || random.below(3) > 0);
  const accountId = isNamed ? account : null;
  const query = route.action === null && accountId !== null ? `accountId=${accountId}` : '';
  const needsTerm = route.fields.some(({ name }) => name === 'expiresInSeconds');
  const asked = { accountId, ...(needsTerm ? { expiresInSeconds: 600 } : {}) };
  const body = route.fields.length === 0 ? NO_BODY : plainBody(JSON.stringify(asked));
  const parts = [query, shown.query ?? ''].filter((part) => part !== '').join('&');
  const path = route.path.replace(/\{\w+\}/, random.one([...ids.revocable, ...ids.hidden, 'AAAAAAAA']));
  return buildRequest(route.method, `${path}${parts === '' ? '' : `?${parts}`}`, [HOST], shown, body, {
    route,
    accountId,
  });
}

function buildRequest(
  method: string,
  target: string,
  headers: readonly Header[],
  shown: PresentedCredential,
  { headers: sent, bytes: body, text }: Body,
  plain: FuzzRequest['plain'],
): FuzzRequest {
  const bytes = bytesOf({ method, target, headers: [...headers, ...shown.headers, ...sent], body });
  const waits = /waitMs/i.test(decodeLoosely(target));
  const isLast = headers.some(([name]) => name === 'Upgrade');
  return { method, target, bytes, shown, plain, text, timeoutMs: waits ? CUT_AFTER_MS : null, isLast };
}

function decodeLoosely(target: string): string {
  return target.replace(/%([2-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

/** Returns a random request in well-formed HTTP. Most requests have a few wrong parts. */
export function fuzzRequest(random: Random, material: Material): FuzzRequest {
  if (random.below(3) === 0) return plainRequest(random, material);
  const { routes, holders, ids } = material;
  const route = random.one(routes);
  const isRight = random.below(3) > 0;
  const shown = presentCredential(random, holders, isRight);
  const target = targetFor(random, route, ids);
  const method = random.below(10) === 0 ? random.one(METHODS) : route.method;
  const hasBody = route.fields.length > 0 ? random.below(20) > 0 : random.below(20) === 0;
  const mayHaveQuery = route.fields.length === 0 || random.below(12) === 0;
  const query = mayHaveQuery ? queryFor(random, route.parameters) : '';
  const parts = [query, shown.query ?? ''].filter((part) => part !== '').join('&');
  const body = hasBody
    ? bodyFor(random, jsonFor(random, route.fields, ['expiresInSeconds', 'accountId']))
    : NO_BODY;
  const others = random.below(5) === 0 ? random.one(ODD_HEADERS)(random) : [];
  const headers = [...hostFor(random), ...others];
  return buildRequest(method, `${target}${parts === '' ? '' : `?${parts}`}`, headers, shown, body, null);
}
