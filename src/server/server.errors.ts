import { CORE_ERRORS, DomainError, type ErrorCategory } from '../whatsapp/domain/errors.js';
import { REQUEST_ERRORS } from '../whatsapp/api/http/request.errors.js';

/** Error codes of requests that never reach a controller. */
export const SERVER_ERRORS = {
  ...REQUEST_ERRORS,
  headers_too_large: 'headers_too_large',
  shutting_down: CORE_ERRORS.shutting_down,
} as const satisfies Record<string, ErrorCategory>;

export type ServerErrorCode = keyof typeof SERVER_ERRORS;

/** Error of the HTTP server. `SERVER_ERRORS` gives its category. */
export class ServerError extends DomainError {
  constructor(code: ServerErrorCode, message: string) {
    super(code, SERVER_ERRORS[code], message);
  }
}
