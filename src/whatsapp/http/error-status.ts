import { HttpStatus } from '@nestjs/common';
import type { ErrorCode } from '../domain/errors.js';

/** The one place that knows which HTTP status a code of ours means. */
export const ERROR_STATUS = {
  invalid_request: HttpStatus.BAD_REQUEST,
  invalid_json: HttpStatus.BAD_REQUEST,
  cross_site: HttpStatus.FORBIDDEN,
  not_found: HttpStatus.NOT_FOUND,
  no_pairing: HttpStatus.NOT_FOUND,
  qr_not_ready: HttpStatus.NOT_FOUND,
  not_acceptable: HttpStatus.NOT_ACCEPTABLE,
  request_timeout: HttpStatus.REQUEST_TIMEOUT,
  auth_state_corrupt: HttpStatus.CONFLICT,
  pairing_by_code: HttpStatus.CONFLICT,
  other_number_linked: HttpStatus.CONFLICT,
  not_connected: HttpStatus.CONFLICT,
  body_too_large: HttpStatus.PAYLOAD_TOO_LARGE,
  unsupported_media_type: HttpStatus.UNSUPPORTED_MEDIA_TYPE,
  headers_too_large: 431,
  code_refused: HttpStatus.UNPROCESSABLE_ENTITY,
  too_many_sessions: HttpStatus.TOO_MANY_REQUESTS,
  busy: HttpStatus.TOO_MANY_REQUESTS,
  session_start_failed: HttpStatus.INTERNAL_SERVER_ERROR,
  storage_failed: HttpStatus.INTERNAL_SERVER_ERROR,
  internal_error: HttpStatus.INTERNAL_SERVER_ERROR,
  pairing_failed: HttpStatus.BAD_GATEWAY,
  too_many_readers: HttpStatus.SERVICE_UNAVAILABLE,
  shutting_down: HttpStatus.SERVICE_UNAVAILABLE,
} as const satisfies Record<ErrorCode, number>;
