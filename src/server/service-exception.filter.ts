import { ArgumentsHost, Catch, ExceptionFilter, HttpStatus } from '@nestjs/common';
import type { Response } from 'express';
import { DomainError } from '../whatsapp/domain/errors.js';
import { sendError } from '../whatsapp/api/http/domain-exception.filter.js';
import { ServerError, type ServerErrorCode } from './server.errors.js';
import { causeOf } from '../whatsapp/domain/cause-of.js';

/** Code and message by status, for errors of Nest, Express or its body parser. The errors' own messages reach no client. */
const CODE_OF_STATUS: Readonly<Record<number, readonly [ServerErrorCode, string]>> = {
  404: ['not_found', 'There is no such route.'],
  413: ['body_too_large', 'The body is larger than 16 KiB.'],
  415: ['unsupported_media_type', 'The body must be JSON, in UTF-8 and sent as application/json.'],
};

/** Returns the status that Nest's `HttpException` and the errors of Express' parsers have. */
function statusOf(exception: unknown): number {
  const none = HttpStatus.INTERNAL_SERVER_ERROR;
  if (typeof exception !== 'object' || exception === null || !('status' in exception)) return none;
  return typeof exception.status === 'number' ? exception.status : none;
}

/**
 * Whether the body was not valid JSON. Nest turns body-parser's `entity.parse.failed` into a plain 400 before a filter
 * sees it.
 */
function isJsonError(exception: unknown): boolean {
  return (
    causeOf(exception) instanceof SyntaxError ||
    (exception instanceof Error && / JSON/.test(exception.message))
  );
}

function translated(exception: unknown): unknown {
  if (exception instanceof DomainError) return exception;
  const status = statusOf(exception);
  if (status === 400 && isJsonError(exception)) {
    return new ServerError('invalid_json', 'The body is not valid JSON.');
  }
  const known = CODE_OF_STATUS[status];
  if (known) return new ServerError(...known);
  if (status >= 500) return exception;
  return new ServerError('invalid_request', 'The service could not read the request.');
}

/**
 * Answers every error of the standalone service in the error format of the API, also an error that occurs before a
 * controller is called.
 */
@Catch()
export class ServiceExceptionFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    sendError(host.switchToHttp().getResponse<Response>(), translated(exception));
  }
}
