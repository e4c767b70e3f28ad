import typeis from 'type-is';
import { rawRequest, type HttpRequest } from './http-exchange.js';
import { RequestError } from './request.errors.js';

/** The maximum size of a body, in bytes, by the API contract. */
export const MAX_BODY_BYTES = 16 * 1024;

/** Whether the request's headers announce a body. It may be still to come. */
export function announcesBody({ headers }: HttpRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Returns the query of the raw URL, because the query parsers of host applications differ and drop some names. A
 * repeated name becomes an array.
 */
function rawQuery({ originalUrl }: HttpRequest): Record<string, string | string[]> {
  const start = originalUrl.indexOf('?');
  // The text keeps its `?`: URLSearchParams removes one leading `?`, and a second one belongs to the first name.
  const query = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(start < 0 ? '' : originalUrl.slice(start))) {
    const earlier = query[name];
    if (earlier === undefined) query[name] = value;
    // It pushes instead of copying the array: a client may repeat a name thousands of times.
    else if (Array.isArray(earlier)) earlier.push(value);
    else query[name] = [earlier, value];
  }
  return query;
}

function hasQuery(request: HttpRequest): boolean {
  return Object.keys(rawQuery(request)).length > 0;
}

/**
 * Returns the parsed body. A request without a body counts as `{}`. A body that no parser of the application has read
 * is refused.
 * @throws DomainError `invalid_request`, `unsupported_media_type`, `body_too_large`
 */
export function readBody(request: HttpRequest): unknown {
  if (hasQuery(request)) {
    throw new RequestError(
      'invalid_request',
      'This route reads its parameters from the body. Send them in the body, not in the query.',
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
  // Some parsers set `{}` for a body that they did not read.
  if (request.body === undefined || !raw.readableDidRead) {
    throw new RequestError('invalid_request', 'The application did not parse the body of this request.');
  }
  return request.body;
}

/** Returns the query. @throws DomainError `invalid_request` when the request has a body */
export function readQuery(request: HttpRequest): Record<string, string | string[]> {
  if (announcesBody(request)) {
    throw new RequestError(
      'invalid_request',
      'This route reads its parameters from the query. Send them in the query, not in a body.',
    );
  }
  return rawQuery(request);
}

/** @throws DomainError `invalid_request` when the request has a query or a body */
export function assertNoInput(request: HttpRequest): void {
  if (!announcesBody(request) && !hasQuery(request)) return;
  throw new RequestError('invalid_request', 'This route accepts neither a query nor a body.');
}
