import { HttpStatus } from '@nestjs/common';
import type { Response } from 'express';
import { tellOutcome } from './call-outcome.js';
import { sendError } from './error-answer.js';
import { send } from './send.js';

/** `200` with a JSON body. */
export function respond(response: Response, body: object): void {
  response.removeHeader('ETag');
  send(response, HttpStatus.OK, 'application/json', JSON.stringify(body));
}

/**
 * Carries out a call and writes its error, too. It returns at once and nothing is thrown: a host's global interceptors see
 * a handler that is done and has no value, so that they cannot wrap an answer, map or swallow an error, or cut a wait short.
 */
export function answering(response: Response, call: () => void | Promise<void>): void {
  const carryOut = async (): Promise<void> => {
    try {
      await call();
      tellOutcome(response, 'ok');
    } catch (error) {
      sendError(response, error);
    }
  };
  void carryOut();
}
