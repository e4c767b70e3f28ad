import { rawRequest, type HttpRequest } from './http-exchange.js';

/** The result of a call: `ok`, or the code of the error that answers it. */
export type CallOutcome = string;

type OutcomeListener = (outcome: CallOutcome) => void;

const LISTENER = Symbol('outcome listener');

/**
 * For guards. Calls the listener once, as soon as the result of the call is known, also when the client is gone or an
 * interceptor of the host stopped waiting. It is not called when the process ends before.
 */
export function onOutcome(request: HttpRequest, listener: OutcomeListener): void {
  Object.assign(rawRequest(request), { [LISTENER]: listener });
}

/** The first outcome of a request counts. */
export function reportOutcome(request: HttpRequest, outcome: CallOutcome): void {
  const listened = rawRequest(request) as { [LISTENER]?: OutcomeListener | undefined };
  const listener = listened[LISTENER];
  listened[LISTENER] = undefined;
  listener?.(outcome);
}
