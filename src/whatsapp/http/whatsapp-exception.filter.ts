import { STATUS_CODES } from 'node:http';
import { ArgumentsHost, Catch, ExceptionFilter, HttpStatus, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { DomainError, NoPairing, TooManySessions } from '../domain/errors.js';
import type { ErrorCode } from '../domain/errors.js';
import { ERROR_STATUS } from './error-status.js';

/** What was thrown below the core, by Nest, Express or its body parser: the status is all that is taken from it. */
const CODE_OF_STATUS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  400: ['invalid_request', 'The request could not be understood.'],
  403: ['cross_site', 'The request was refused.'],
  404: ['not_found', 'There is no such route.'],
  406: ['not_acceptable', 'None of the accepted media types can be produced.'],
  413: ['body_too_large', 'The body is larger than 16 KiB.'],
  415: ['unsupported_media_type', 'The body must be JSON, in UTF-8 and sent as application/json.'],
  503: ['shutting_down', 'The service is shutting down.'],
};

/** Nest's HttpException and the errors of Express' parsers both carry it. */
function statusOf(exception: unknown): number | undefined {
  if (typeof exception !== 'object' || exception === null || !('status' in exception)) return undefined;
  return typeof exception.status === 'number' ? exception.status : undefined;
}

/** Nest turns body-parser's `entity.parse.failed` into a plain 400 before a filter sees it. */
function isJsonError(exception: unknown): boolean {
  const cause = exception instanceof Error ? (exception.cause ?? exception) : exception;
  return cause instanceof SyntaxError || (exception instanceof Error && / JSON/.test(exception.message));
}

function toDomainError(exception: unknown): DomainError {
  if (exception instanceof DomainError) return exception;
  const status = statusOf(exception);
  if (status === HttpStatus.BAD_REQUEST && isJsonError(exception)) {
    return new DomainError('invalid_json', 'The body is not valid JSON.');
  }
  const known = CODE_OF_STATUS[status ?? 500];
  if (known) return new DomainError(...known);
  if (status !== undefined && status < 500)
    return new DomainError('invalid_request', 'The request was refused.');
  return new DomainError('internal_error', 'Something went wrong here; the log knows more.', {
    cause: exception,
  });
}

/** Every error answer of ours, in one shape: Nest's own plus `ok` and `code`. Nothing of the inside leaks. */
@Catch()
export class WhatsappExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger('WhatsappHttp');

  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const error = toDomainError(exception);
    const statusCode = ERROR_STATUS[error.code];
    if (statusCode >= HttpStatus.INTERNAL_SERVER_ERROR && error.code !== 'shutting_down') {
      this.logger.error(
        `${error.code}: ${error.cause instanceof Error ? error.cause.message : error.message}`,
      );
    }
    if (response.headersSent || response.destroyed) return;
    if (error instanceof TooManySessions) {
      response.setHeader('Retry-After', Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
    }
    response.setHeader('Cache-Control', 'no-store');
    response.status(statusCode).json({
      ok: false,
      statusCode,
      error: STATUS_CODES[statusCode] ?? 'Error',
      code: error.code,
      message: error.message,
      ...(error instanceof NoPairing ? { status: error.status } : {}),
    });
  }
}
