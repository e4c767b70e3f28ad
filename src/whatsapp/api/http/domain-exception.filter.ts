import { STATUS_CODES, type ServerResponse } from 'node:http';
import { Catch, HttpStatus, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { DomainError, NoPairing, type CoreErrorCode } from '../../domain/errors.js';
import { reportOutcome } from './call-outcome.js';
import { ERROR_STATUS } from './error-status.js';
import { send, takeOver, type HttpRequest, type HttpResponse } from './http-exchange.js';
import { RequestError, type RequestErrorCode } from './request.errors.js';
import { causeMessage } from '../../domain/cause-of.js';

const logger = new Logger('WhatsappHttp');

/** The operator's next action after an error, for the log. */
const ADVICE: Readonly<Record<string, string>> = {
  storage_failed: 'check the disk and the store',
  session_start_failed: 'check the disk and the memory of this machine',
  internal_error: 'a fault of the service, please report it',
} satisfies Partial<Record<CoreErrorCode | RequestErrorCode, string>>;

/** Returns a DomainError unchanged, and any other error as `internal_error`; only the log shows its cause. */
export function asDomainError(exception: unknown): DomainError {
  if (exception instanceof DomainError) return exception;
  return new RequestError(
    'internal_error',
    'An unexpected error occurred. The log of the service has the cause.',
    {
      cause: exception,
    },
  );
}

/** Logs errors of the service. An error of the category `unavailable` is temporary and needs no log line. */
function log(error: DomainError): void {
  const { code, category, cause } = error;
  if (ERROR_STATUS[category] < HttpStatus.INTERNAL_SERVER_ERROR || category === 'unavailable') return;
  const line = `${code}: ${causeMessage(error)}${ADVICE[code] ? ` (${ADVICE[code]})` : ''}`;
  if (code === 'internal_error' && cause instanceof Error) logger.error(line, cause.stack);
  else logger.error(line);
}

/** Returns the body of an error answer: Nest's error format plus `ok` and `code`. */
export function errorBody(error: DomainError): Readonly<Record<string, unknown>> {
  const statusCode = ERROR_STATUS[error.category];
  return {
    ok: false,
    statusCode,
    error: STATUS_CODES[statusCode],
    code: error.code,
    message: error.message,
    ...(error instanceof NoPairing ? { status: error.status } : {}),
  };
}

/** Ends the response with the error. Writes nothing when the headers are sent or the response is destroyed. */
export function sendError(response: ServerResponse, exception: unknown): void {
  const error = asDomainError(exception);
  log(error);
  if (response.headersSent || response.destroyed) return;
  const status = ERROR_STATUS[error.category];
  if (error.retryAfterMs !== undefined) {
    response.setHeader('Retry-After', Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
  }
  // Every 401 answer must have this header (RFC 9110, 15.5.2).
  if (status === HttpStatus.UNAUTHORIZED) response.setHeader('WWW-Authenticate', 'Bearer');
  response.removeHeader('ETag');
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(errorBody(error)));
}

/** Answers a DomainError in the error format of the API. Other exceptions reach the filters of the host application. */
@Catch(DomainError)
export class DomainExceptionFilter implements ExceptionFilter<DomainError> {
  catch(error: DomainError, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    reportOutcome(http.getRequest<HttpRequest>(), error.code);
    sendError(takeOver(http.getResponse<HttpResponse>()), error);
  }
}
