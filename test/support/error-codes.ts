import { SECURITY_ERRORS } from '../../src/security/access/access.errors.js';
import { SERVER_ERRORS } from '../../src/server/server.errors.js';
import { ERROR_STATUS } from '../../src/whatsapp/api/http/error-status.js';
import { CORE_ERRORS } from '../../src/whatsapp/domain/errors.js';

/** Every error code of the service, with its category. */
export const ERROR_CODES = { ...CORE_ERRORS, ...SECURITY_ERRORS, ...SERVER_ERRORS };

export type ErrorCode = keyof typeof ERROR_CODES;

/** Returns the HTTP status of an error code. */
export function statusOf(code: ErrorCode): number {
  return ERROR_STATUS[ERROR_CODES[code]];
}
