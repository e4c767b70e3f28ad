import type { Failure } from '../failure.js';
import { BY_QR, type PairingRequest } from '../pairing.js';
import type { Effect, Link, Outcome, SessionState, Step } from './session-state.js';
import type { SessionTimings } from './session-timings.js';

/* Transition results that pairings, links and logouts share. */

/** Returns the state without effects: the event does not apply to it. */
export function stay(state: SessionState): Step {
  return { state, effects: [] };
}

/** Ends the session: removes the socket, frees the pairing slot, runs the effects of `before`, then finishes. */
export function ended(
  { attempt }: Pick<SessionState, 'attempt'>,
  outcome: Outcome,
  how: 'destroy' | 'close',
  before: readonly Effect[] = [],
): Step {
  const effects: Effect[] = [{ do: how }, { do: 'releasePairingSlot' }, ...before, { do: 'finish' }];
  return { state: { phase: 'ended', attempt, outcome }, effects };
}

export function failed(
  state: Pick<SessionState, 'attempt'>,
  failure: Failure,
  { parked }: { readonly parked: boolean } = { parked: false },
): Step {
  return ended(state, { kind: 'failed', failure, parked }, 'destroy');
}

/** Opens the socket of an attempt, and sets the timer for its first result: the codes, or the login. */
export function opening(
  attempt: number,
  link: Link,
  timings: SessionTimings,
  request: PairingRequest = BY_QR,
): readonly Effect[] {
  const by = link === 'new' && request.by === 'code' ? { phoneNumber: request.expected } : {};
  const afterMs = link === 'new' ? timings.connectTimeoutMs : timings.loginTimeoutMs;
  return [
    { do: 'schedule', timer: 'attempt', afterMs },
    { do: 'open', attempt, link, ...by },
  ];
}
