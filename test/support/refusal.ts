import { STATUS_CODES } from 'node:http';
import { expect } from '@jest/globals';
import type { RawAnswer } from './clients/raw-http.js';
import { statusOf, type ErrorCode } from './error-codes.js';

/** Parts of file paths, stack traces and SQL. */
const INSIDE =
  /node_modules|\.[cm]?[jt]s\b|\/(work|tmp|home|usr|root|etc)\/|\bat \S+ ?\(|sqlite|\b(SELECT|INSERT|DELETE FROM|DROP)\b|Error:|\n/i;

export interface Refusal {
  readonly ok: boolean;
  readonly statusCode: number;
  readonly error: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Expects an answer to follow the rules for every refusal of a bad request.
 * @param secret must not occur in the answer
 */
export function expectRefusal({ status, headers, body }: RawAnswer, secret?: string): Refusal {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  const error = JSON.parse(body) as Refusal;
  expect(Object.keys(error)).toEqual(['ok', 'statusCode', 'error', 'code', 'message']);
  expect(error).toMatchObject({ ok: false, statusCode: status, error: STATUS_CODES[status] });
  expect(statusOf(error.code)).toBe(status);
  expect(error.message).toMatch(/^[\x20-\x7e…]{10,200}\.$/);
  const [, quoted = ''] = /field "(.*)" is/.exec(error.message) ?? [];
  expect(error.message.replace(quoted, '')).not.toMatch(INSIDE);
  expect(quoted.length).toBeLessThanOrEqual(64);
  if (secret !== undefined) expect(error.message).not.toContain(secret.slice(0, 8));
  return error;
}
