import type { Response } from 'express';
import type { ErrorCode } from '../../domain/errors.js';

/** How a call went: `ok`, or the code of the error that it was answered with. */
export type CallOutcome = 'ok' | ErrorCode;

const listeners = new WeakMap<Response, (outcome: CallOutcome) => void>();

/**
 * For guards: told once how the call ends, as soon as that is known, also when nobody is there any more to be answered.
 * Never of calls that this process does not live to see the end of.
 */
export function onOutcome(response: Response, told: (outcome: CallOutcome) => void): void {
  listeners.set(response, told);
}

/** The first outcome counts. */
export function tellOutcome(response: Response, outcome: CallOutcome): void {
  const told = listeners.get(response);
  listeners.delete(response);
  told?.(outcome);
}
