import { STATUS_CODES } from 'node:http';
import { HttpStatus } from '@nestjs/common';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import type { Response } from 'express';
import { send } from '../whatsapp/api/http/send.js';

export const NOT_READY = {
  not_ready: 'The service cannot work now; `details` say what is down.',
  shutting_down: 'The service is shutting down.',
} as const;

/** Why the service should get no calls just now. */
export class NotReady extends Error {
  override readonly name = 'NotReady';

  constructor(
    readonly code: keyof typeof NOT_READY,
    /** What was checked; nothing once a shutdown has begun. */
    readonly details: HealthIndicatorResult,
  ) {
    super(NOT_READY[code]);
  }
}

/** The error shape of the service, and beside it what was found. */
export function sendNotReady(response: Response, { code, message, details }: NotReady): void {
  const statusCode = HttpStatus.SERVICE_UNAVAILABLE;
  const body = { ok: false, statusCode, error: STATUS_CODES[statusCode], code, message, details };
  send(response, statusCode, 'application/json', JSON.stringify(body));
}
