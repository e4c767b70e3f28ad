import { STATUS_CODES } from 'node:http';
import { HttpStatus, Logger } from '@nestjs/common';
import type { Response } from 'express';
import {
  DomainError,
  NoPairing,
  RateLimited,
  TooManyLinks,
  TooManyReaders,
  TooManySessions,
} from '../../domain/errors.js';
import type { ErrorCode } from '../../domain/errors.js';
import { tellOutcome } from './call-outcome.js';
import { ERROR_STATUS } from './error-status.js';
import { send } from './send.js';

const logger = new Logger('WhatsappHttp');

/** Whatever the core did not expect is told to the log alone. */
function asDomainError(exception: unknown): DomainError {
  if (exception instanceof DomainError) return exception;
  return new DomainError('internal_error', 'Something went wrong here; the log knows more.', {
    cause: exception,
  });
}

/** What whoever reads the log can do about it. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  storage_failed: 'see to the disk and the store',
  session_start_failed: 'see to the disk and the memory of this machine',
  internal_error: 'a fault of ours, please report it',
};

/** What is told to whoever asks, and is not the log's business. */
const NO_FAULT: readonly ErrorCode[] = ['shutting_down', 'too_many_readers'];

type Temporary = RateLimited | TooManyLinks | TooManyReaders | TooManySessions;

/** It tells when it is worth while to ask again. */
function isTemporary(error: DomainError): error is Temporary {
  return [RateLimited, TooManyLinks, TooManyReaders, TooManySessions].some((type) => error instanceof type);
}

function log({ code, message, cause }: DomainError): void {
  if (ERROR_STATUS[code] < HttpStatus.INTERNAL_SERVER_ERROR || NO_FAULT.includes(code)) return;
  const told = cause instanceof Error ? cause.message : message;
  const line = `${code}: ${told}${ADVICE[code] ? ` (${ADVICE[code]})` : ''}`;
  if (code === 'internal_error' && cause instanceof Error) logger.error(line, cause.stack);
  else logger.error(line);
}

/** The body of every error answer: Nest's own shape plus `ok` and `code`. Nothing of the inside leaks. */
export function errorBody(error: DomainError): Readonly<Record<string, unknown>> {
  const statusCode = ERROR_STATUS[error.code];
  return {
    ok: false,
    statusCode,
    error: STATUS_CODES[statusCode],
    code: error.code,
    message: error.message,
    ...(error instanceof NoPairing ? { status: error.status } : {}),
  };
}

/** Ends the response with the error; one that is on its way already is left alone. */
export function sendError(response: Response, exception: unknown): void {
  const error = asDomainError(exception);
  log(error);
  tellOutcome(response, error.code);
  if (response.headersSent || response.destroyed) return;
  if (isTemporary(error)) {
    response.setHeader('Retry-After', Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
  }
  // As HTTP requires it of every 401.
  if (ERROR_STATUS[error.code] === HttpStatus.UNAUTHORIZED) response.setHeader('WWW-Authenticate', 'Bearer');
  response.removeHeader('ETag');
  send(response, ERROR_STATUS[error.code], 'application/json', JSON.stringify(errorBody(error)));
}
