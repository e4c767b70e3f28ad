import { createParamDecorator, ExecutionContext, Type } from '@nestjs/common';
import type { Request } from 'express';
import { DomainError } from '../domain/errors.js';
import { StrictValidationPipe } from './strict-validation.pipe.js';

function announcesBody({ headers }: Request): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** The query as it was sent: Express' parsers drop some names and differ from host to host. A repeated name is an array. */
function rawQuery({ originalUrl }: Request): Record<string, string | string[]> {
  const start = originalUrl.indexOf('?');
  const query = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(start < 0 ? '' : originalUrl.slice(start + 1))) {
    const earlier = query[name];
    query[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return query;
}

function bodyOf(request: Request): unknown {
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
  const body: unknown = request.body;
  if (body === undefined) {
    throw new DomainError('invalid_request', 'The application did not parse the body of this request.');
  }
  return body;
}

function queryOf(request: Request): unknown {
  if (announcesBody(request)) {
    throw new DomainError(
      'invalid_request',
      'This route takes its parameters from the query, not from a body.',
    );
  }
  return rawQuery(request);
}

/*
 * A host's global ValidationPipe runs before ours and may strip or convert. Parameters of custom decorators are left
 * alone by it, and both read what came in, not what a host made of it.
 */
const RawBody = createParamDecorator((_: unknown, context: ExecutionContext) =>
  bodyOf(context.switchToHttp().getRequest<Request>()),
);
const RawQuery = createParamDecorator((_: unknown, context: ExecutionContext) =>
  queryOf(context.switchToHttp().getRequest<Request>()),
);

/** The JSON body, validated as `type`; a request without a body counts as `{}`. */
export const ValidBody = (type: Type): ParameterDecorator => RawBody(new StrictValidationPipe(type));

/** The query, validated as `type`. */
export const ValidQuery = (type: Type): ParameterDecorator => RawQuery(new StrictValidationPipe(type));
