import { Logger } from '@nestjs/common';
import { rawRequest, type HttpRequest } from './http-exchange.js';

/** The outcome of a request: `ok`, or the code of its error answer. */
export type CallOutcome = string;

type OutcomeListener = (outcome: CallOutcome) => void;

const LISTENER = Symbol('outcome listener');
const logger = new Logger('WhatsappHttp');

/**
 * Registers the listener for the outcome of a request; guards call it, for example to write an audit entry. The
 * listener is called once, as soon as the outcome is known. That is when the handler's own promise settles, also when
 * the client has disconnected or an interceptor of the host application stopped waiting. It is not called when the
 * process ends before.
 */
export function onOutcome(request: HttpRequest, listener: OutcomeListener): void {
  Object.assign(rawRequest(request), { [LISTENER]: listener });
}

/**
 * Passes the outcome to the listener, if there is one. Only the first outcome of a request counts. The call interceptor
 * reports the result of pipes and handler; the exception filter reports every error, so also refusals by guards.
 */
export function reportOutcome(request: HttpRequest, outcome: CallOutcome): void {
  const listened = rawRequest(request) as { [LISTENER]?: OutcomeListener | undefined };
  const listener = listened[LISTENER];
  if (!listener) return;
  listened[LISTENER] = undefined;
  try {
    listener(outcome);
  } catch (error) {
    // The call has its answer already. An error here must not take it back or end the process.
    logger.error('The outcome of a call could not be handled. Please report this.', error);
  }
}
