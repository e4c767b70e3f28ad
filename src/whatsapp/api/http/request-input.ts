import typeis from 'type-is';
import { rawRequest, type HttpRequest } from './http-exchange.js';
import { RequestError } from './request.errors.js';

/** The contract's bound for a body, in bytes. */
export const MAX_BODY_BYTES = 16 * 1024;

function announcesBody({ headers }: HttpRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The query as the client sent it: the parsers of hosts drop some names and differ. A repeated name is an array. */
function rawQuery({ originalUrl }: HttpRequest): Record<string, string | string[]> {
  const start = originalUrl.indexOf('?');
  // With its `?`: of two, URLSearchParams would drop the second as well.
  const query = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(start < 0 ? '' : originalUrl.slice(start))) {
    const earlier = query[name];
    if (earlier === undefined) query[name] = value;
    // Not a new array each time: a client may repeat a name thousands of times.
    else if (Array.isArray(earlier)) earlier.push(value);
    else query[name] = [earlier, value];
  }
  return query;
}

function hasQuery(request: HttpRequest): boolean {
  return Object.keys(rawQuery(request)).length > 0;
}

/**
 * The parsed body. A request without a body counts as `{}`; an announced body that no parser read is refused.
 * @throws DomainError `invalid_request`, `unsupported_media_type`, `body_too_large`
 */
export function readBody(request: HttpRequest): unknown {
  if (hasQuery(request)) {
    throw new RequestError(
      'invalid_request',
      'This route takes its parameters from the body, not from the query.',
    );
  }
  if (!announcesBody(request)) return {};
  const raw = rawRequest(request);
  if (!typeis(raw, ['application/json'])) {
    throw new RequestError('unsupported_media_type', 'The body must be JSON, sent as application/json.');
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
    throw new RequestError('body_too_large', 'The body is larger than 16 KiB.');
  }
  // Some parsers leave `{}` behind for a body that they did not read.
  if (request.body === undefined || !raw.readableDidRead) {
    throw new RequestError('invalid_request', 'The application did not parse the body of this request.');
  }
  return request.body;
}

/** @throws DomainError `invalid_request` when the request has a body */
export function readQuery(request: HttpRequest): Record<string, string | string[]> {
  if (announcesBody(request)) {
    throw new RequestError(
      'invalid_request',
      'This route takes its parameters from the query, not from a body.',
    );
  }
  return rawQuery(request);
}

/** @throws DomainError `invalid_request` when the request has a query or a body */
export function assertNoInput(request: HttpRequest): void {
  if (!announcesBody(request) && !hasQuery(request)) return;
  throw new RequestError('invalid_request', 'This route takes neither a query nor a body.');
}
