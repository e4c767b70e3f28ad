import { HttpStatus } from '@nestjs/common';
import type { Response } from 'express';
import { sendError } from './error-answer.js';

/** `200` with a JSON body that no cache may keep. */
export function respond(response: Response, body: object): void {
  response.setHeader('Cache-Control', 'no-store');
  response.removeHeader('ETag');
  response.status(HttpStatus.OK).type('application/json').end(JSON.stringify(body));
}

/**
 * Carries out a call and writes its error, too. It returns at once and nothing is thrown: a host's global interceptors see
 * a handler that is done and has no value, so that they cannot wrap an answer, map or swallow an error, or cut a wait short.
 */
export function answering(response: Response, call: () => void | Promise<void>): void {
  const carryOut = async (): Promise<void> => {
    try {
      await call();
    } catch (error) {
      sendError(response, error);
    }
  };
  void carryOut();
}
