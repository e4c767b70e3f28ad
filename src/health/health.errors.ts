import { STATUS_CODES } from 'node:http';
import { Catch, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { send, takeOver, type HttpResponse } from '../whatsapp/api/http/http-exchange.js';

export const NOT_READY = {
  not_ready: 'The service is not ready; `details` shows what is down.',
  shutting_down: 'The service is shutting down.',
} as const;

/** The service should get no calls now. */
export class NotReady extends Error {
  override readonly name = 'NotReady';

  constructor(
    readonly code: keyof typeof NOT_READY,
    /** The results of the checks; empty during a shutdown. */
    readonly details: HealthIndicatorResult,
  ) {
    super(NOT_READY[code]);
  }
}

/** Answers in the error format of the API, with the results of the checks. */
@Catch(NotReady)
export class NotReadyFilter implements ExceptionFilter<NotReady> {
  catch({ code, message, details }: NotReady, host: ArgumentsHost): void {
    const statusCode = HttpStatus.SERVICE_UNAVAILABLE;
    const body = { ok: false, statusCode, error: STATUS_CODES[statusCode], code, message, details };
    const response = takeOver(host.switchToHttp().getResponse<HttpResponse>());
    send(response, statusCode, 'application/json; charset=utf-8', JSON.stringify(body));
  }
}
