import type { Request } from 'express';
import type { AccountId } from '../../domain/account-id.js';
import { DomainError } from '../../domain/errors.js';
import { assertCanAccess, assertNotRevoked, callerOf } from './caller.js';
import { StrictValidationPipe } from './strict-validation.pipe.js';

/** The contract's bound for a body, in bytes. */
export const MAX_BODY_BYTES = 16 * 1024;

/*
 * Handlers take the request as it is and read it here: a host's global pipes and its interceptors, which see arguments and
 * what pipes throw, would otherwise strip, convert or map before we have compared what came in.
 */

function announcesBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The query as it was sent: Express' parsers drop some names and differ from host to host. A repeated name is an array. */
function rawQuery({ originalUrl }: Request): Record<string, string | string[]> {
  const start = originalUrl.indexOf('?');
  // With its `?`: of two, URLSearchParams would drop the second as well.
  const query = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(start < 0 ? '' : originalUrl.slice(start))) {
    const earlier = query[name];
    if (earlier === undefined) query[name] = value;
    // Not a new array each time: a name may be there thousands of times.
    else if (Array.isArray(earlier)) earlier.push(value);
    else query[name] = [earlier, value];
  }
  return query;
}

function rawBody(request: Request): unknown {
  if (Object.keys(rawQuery(request)).length > 0) {
    throw new DomainError(
      'invalid_request',
      'This route takes its parameters from the body, not from the query.',
    );
  }
  if (!announcesBody(request)) return {};
  if (!request.is('application/json')) {
    throw new DomainError('unsupported_media_type', 'The body must be JSON, sent as application/json.');
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
    throw new DomainError('body_too_large', 'The body is larger than 16 KiB.');
  }
  const body: unknown = request.body;
  // Some parsers leave `{}` behind for a body that they did not read.
  if (body === undefined || !request.readableDidRead) {
    throw new DomainError('invalid_request', 'The application did not parse the body of this request.');
  }
  return body;
}

/** What a request is about, if it is about one account. */
interface About {
  readonly accountId?: AccountId;
}

/**
 * The JSON body of a request that changes something, validated and its caller's to make; a request without a body counts
 * as `{}`, one whose announced body nobody parsed is refused.
 * @param assertMayAsk refuses what the caller may not ask of an account that is theirs
 * @throws DomainError
 */
export async function readBody<T extends Required<About>>(
  request: Request,
  pipe: StrictValidationPipe<T>,
  assertMayAsk: (asked: T) => void = () => undefined,
): Promise<T> {
  const asked = await pipe.transform(rawBody(request));
  assertCanAccess(request, asked.accountId);
  assertMayAsk(asked);
  await callerOf(request).onMutation?.(asked.accountId);
  assertNotRevoked(request);
  return asked;
}

/** The query, validated and its caller's to ask. @throws DomainError */
export async function readQuery<T extends object>(
  request: Request,
  pipe: StrictValidationPipe<T>,
): Promise<T> {
  if (announcesBody(request)) {
    throw new DomainError(
      'invalid_request',
      'This route takes its parameters from the query, not from a body.',
    );
  }
  const asked: T & About = await pipe.transform(rawQuery(request));
  if (asked.accountId !== undefined) assertCanAccess(request, asked.accountId);
  return asked;
}

/** Of a request that has no parameters beside those of its path. @throws DomainError */
export function readNothing(request: Request): void {
  if (!announcesBody(request) && Object.keys(rawQuery(request)).length === 0) return;
  throw new DomainError('invalid_request', 'This route takes neither a query nor a body.');
}
