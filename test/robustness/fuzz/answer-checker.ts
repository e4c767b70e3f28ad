import { STATUS_CODES } from 'node:http';
import { statusOf, type ErrorCode } from '../../support/error-codes.js';
import type { FuzzRequest } from './fuzz-request.js';
import { canAccess, type Holder } from './holders.js';
import type { Reply } from './fuzz-connection.js';
import { isOpen, pathOf, type Route } from './routes.js';
import { NUMBERS } from './values.js';

/** Error codes that are allowed on every route. */
const ANY_ROUTE: readonly ErrorCode[] = [
  'invalid_request',
  'not_found',
  'request_timeout',
  'headers_too_large',
];

/** Error codes that reveal nothing about an account, so unauthenticated callers may get them. */
const BEFORE_THE_ACCOUNT: readonly ErrorCode[] = [
  ...ANY_ROUTE,
  'invalid_json',
  'body_too_large',
  'unsupported_media_type',
  'cross_site',
  'key_missing',
  'key_invalid',
  'link_invalid',
  'link_revoked',
  'link_expired',
  'link_used',
  'scope_missing',
  'account_forbidden',
];

const INTERNALS = /node_modules|\.[cm]?[jt]s\b|\bat \S+ ?\(|sqlite|\bSELECT\b|Error:|\n/i;
/** Text of a QR code, which can link an account. */
const QR = /linked_devices#|"\d@[\w+/=]{8}/;

interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A text that answers must not contain, and the holders that may read it anyway. */
export interface Secret {
  readonly what: string;
  readonly text: string;
  readonly isFor?: (holder: Holder) => boolean;
}

/** Checks answers: no secrets, documented errors, and no access beyond the holder's permissions. */
export class AnswerChecker {
  constructor(
    private readonly routes: readonly Route[],
    private readonly secrets: readonly Secret[],
  ) {}

  /** @returns the faults of the answer; empty when there are none */
  faults(request: FuzzRequest, reply: Reply): string[] {
    const route = this.routeOf(request);
    const { by } = request.shown;
    const error = reply.status >= 400 && request.method !== 'HEAD' ? errorIn(reply) : null;
    if (typeof error === 'string') return [error];
    return [
      ...this.secretsIn(reply.body, by),
      ...(error === null ? [] : errorFaults(error, reply, request, route)),
      ...this.accessFaults(request, reply, error, route),
      ...plainFaults(request, reply, error),
    ];
  }

  /** Returns the route that the request may have reached. */
  routeOf({ method, target }: Pick<FuzzRequest, 'method' | 'target'>): Route | null {
    const path = pathOf(target);
    return this.routes.find((route) => route.matches(method, path)) ?? null;
  }

  secretsIn(text: string, reader: Holder | null): string[] {
    return this.secrets
      .filter(({ text: secret, isFor }) => text.includes(secret) && !(reader && isFor?.(reader)))
      .map(({ what }) => `the answer contains ${what}`);
  }

  /** An answer about an account requires an authenticated holder with the scope and the account. */
  private accessFaults(
    request: FuzzRequest,
    { status, body }: Reply,
    error: ErrorBody | null,
    route: Route | null,
  ): string[] {
    if (error ? BEFORE_THE_ACCOUNT.includes(error.code) : status >= 400) return [];
    const { by } = request.shown;
    if (route === null)
      return isOpen(request.target) || error ? [] : ['an answer from an undocumented route'];
    if (by === null) return ['data without authentication'];
    if (!route.isOpenTo(by)) return [`${by.name} may not do this`];
    if (QR.test(body) && !by.scopes.includes('pair')) return [`${by.name} may not see codes`];
    const accountIds = [...body.matchAll(/"accountId":"([^"]*)"/g)].map(([, id = '']) => id);
    const others = [...accountIds, ...accountsAskedFor(request, route)].filter((id) => !canAccess(by, id));
    if (by.accounts !== null && /forbidden-[a-z]/.test(body)) others.push('forbidden-…');
    if (by.accounts !== null && body.includes('"accountId":null')) others.push('none');
    return others.map((id) => `${id} is not an account of ${by.name}`);
  }
}

/** Returns the account ids in the query and the body of a request. */
function accountsAskedFor({ target, text }: FuzzRequest, route: Route): string[] {
  const ids = new URLSearchParams(target.slice(target.indexOf('?') + 1 || target.length)).getAll('accountId');
  if (route.fields.length > 0) {
    const { accountId } = JSON.parse((text ?? '{}').trim() || '{}') as { accountId?: string };
    if (accountId !== undefined) ids.push(accountId);
  }
  return ids.length === 0 && route.isAboutDefault ? ['default'] : ids;
}

function errorIn({ status, headers, body }: Reply): ErrorBody | string {
  if (headers.get('content-type') !== 'application/json; charset=utf-8') {
    return `an error with the content type ${headers.get('content-type') ?? 'none'}`;
  }
  const error = JSON.parse(body) as ErrorBody & Record<string, unknown>;
  const keys = [
    'ok',
    'statusCode',
    'error',
    'code',
    'message',
    ...(error.code === 'no_pairing' ? ['status'] : []),
  ];
  const hasForm =
    Object.keys(error).join() === keys.join() &&
    error['ok'] === false &&
    error['statusCode'] === status &&
    error['error'] === STATUS_CODES[status] &&
    statusOf(error.code) === status;
  return hasForm ? error : `an error body in another form: ${body.slice(0, 300)}`;
}

function errorFaults(
  { code, message }: ErrorBody,
  { status, headers }: Reply,
  { target, text }: FuzzRequest,
  route: Route | null,
): string[] {
  const faults: string[] = [];
  const isReadersLimit = code === 'too_many_readers' && route?.path.endsWith('/events');
  if (status >= 500 && !isReadersLimit) faults.push(`a fault of the service: ${code}`);
  const isDocumented = ANY_ROUTE.includes(code) || (route?.documents(status, code) ?? false);
  // Errors of the body parser, which runs before the routing.
  const isParsers =
    route === null && ['invalid_json', 'body_too_large', 'unsupported_media_type'].includes(code);
  if (!isDocumented && !isParsers) faults.push(`${code} is not documented here`);
  if (!/^[\x20-\x7e…]{10,200}\.$/.test(message)) faults.push(`the message is not a sentence: ${message}`);
  if (INTERNALS.test(message)) faults.push(`the message reveals internals: ${message}`);
  const sent = NUMBERS.filter((number) => `${target}${text ?? ''}`.includes(number));
  if (sent.some((number) => message.includes(number.slice(-8))))
    faults.push('the message contains a phone number');
  if ((status === 401) !== headers.has('www-authenticate')) faults.push('WWW-Authenticate');
  if (status === 429 && !headers.has('retry-after') && code !== 'busy') faults.push('no Retry-After');
  if (headers.get('cache-control') !== 'no-store') faults.push('the answer can be cached');
  return faults;
}

/** Checks the result of an otherwise valid request: the holder and the account decide it. */
function plainFaults(
  { plain, shown }: FuzzRequest,
  { status, body }: Reply,
  error: ErrorBody | null,
): string[] {
  if (plain === null || shown.refusal === undefined) return [];
  const expected = expectedRefusal(plain, shown.by, shown.refusal);
  const got = error?.code ?? null;
  if (expected !== null) return got === expected ? [] : [`${String(got)} instead of ${expected}`];
  const isRefused = status === 401 || status === 403;
  if (!isRefused || got === 'number_forbidden') return [];
  // A link for one phone number may not see a QR code that any phone can scan. That depends on the caller that started
  // the pairing.
  const isOthersCode = shown.by?.kind === 'link' && plain.route.path.endsWith('/pair/qr');
  return isOthersCode && got === 'scope_missing' ? [] : [`refused: ${body}`];
}

function expectedRefusal(
  { route, accountId }: NonNullable<FuzzRequest['plain']>,
  by: Holder | null,
  refusal: ErrorCode | null,
): ErrorCode | null {
  if (by === null || refusal !== null) return refusal;
  if (!route.isOpenTo(by)) return 'scope_missing';
  if (by.kind === 'link' && accountId === null && route.path.endsWith('/events')) return 'account_forbidden';
  return accountId !== null && !canAccess(by, accountId) ? 'account_forbidden' : null;
}
