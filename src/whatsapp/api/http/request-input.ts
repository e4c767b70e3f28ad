import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import typeis from 'type-is';
import { rawRequest, type HttpRequest } from './http-exchange.js';
import { RequestError } from './request.errors.js';
import { isJsonObject } from './strict-validation.pipe.js';

/** The maximum size of a body, in bytes, by the API contract. */
export const MAX_BODY_BYTES = 16 * 1024;

/** Whether the request's headers announce a body. It may be still to come, and a chunked one may be empty. */
export function announcesBody({ headers }: HttpRequest): boolean {
  return headers['transfer-encoding'] !== undefined || hasLength(headers);
}

function hasLength(headers: HttpRequest['headers']): boolean {
  return Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Whether the request has a body. A chunked body without data is none: Caddy, Envoy and Go's proxies send one with
 * requests that have no body.
 */
async function hasBody(request: HttpRequest): Promise<boolean> {
  if (!announcesBody(request)) return false;
  if (hasLength(request.headers)) return true;
  const raw = rawRequest(request);
  if (raw.readableDidRead) return !isJsonObject(request.body) || Object.keys(request.body).length > 0;
  await firstDataOf(raw);
  if (raw.readableLength > 0 || !raw.complete) return true;
  raw.resume();
  return false;
}

/** Waits until data, the end of the body, or the end of the connection has arrived. */
async function firstDataOf(raw: IncomingMessage): Promise<void> {
  if (raw.readableLength > 0 || raw.complete || raw.destroyed) return;
  const waiting = new AbortController();
  const events = ['readable', 'end', 'close'].map((event) => once(raw, event, waiting));
  // The other two are rejected, and an error of the request rejects all.
  const arrived = Promise.race(events).catch(() => undefined);
  for (const event of events) event.catch(() => undefined);
  await arrived;
  waiting.abort();
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
export async function readBody(request: HttpRequest): Promise<unknown> {
  if (hasQuery(request)) {
    throw new RequestError(
      'invalid_request',
      'This route reads its parameters from the body. Send them in the body, not in the query.',
    );
  }
  if (!(await hasBody(request))) return {};
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
export async function readQuery(request: HttpRequest): Promise<Record<string, string | string[]>> {
  if (await hasBody(request)) {
    throw new RequestError(
      'invalid_request',
      'This route reads its parameters from the query. Send them in the query, not in a body.',
    );
  }
  return rawQuery(request);
}

/** @throws DomainError `invalid_request` when the request has a query or a body */
export async function assertNoInput(request: HttpRequest): Promise<void> {
  if (!hasQuery(request) && !(await hasBody(request))) return;
  throw new RequestError('invalid_request', 'This route accepts neither a query nor a body.');
}
