import type { ConnectionEnd } from './connection-end.js';
import { disconnectPolicy, FAILURES, type DisconnectDecision } from './disconnect-policy.js';
import type { Failure } from '../failure.js';
import { goDown, isParking } from './link-steps.js';
import type { StepType } from '../pairing.js';
import { samePhone } from '../phone-number.js';
import type { Effect, In, Link, SessionState, Step } from './session-state.js';
import type { SessionTimings } from './session-timings.js';
import { ended, failed, opening } from './steps.js';

/*
 * Transitions of a pairing: a client called `POST /pair` and waits for the connection, so attempts and time are
 * limited.
 */

export type PairingState = In<'connecting' | 'waiting' | 'showingCode' | 'accepting' | 'accepted'>;

const EXPIRED = {
  qr: FAILURES.qr_expired,
  code: FAILURES.code_expired,
} satisfies Record<StepType, Failure>;

/** The part of a state that the next attempt of the same pairing continues with. */
type From = Pick<In<'connecting'>, 'attempt' | 'request' | 'tries' | 'sequence' | 'refreshed'>;

/** Opens the next attempt. @param first effects that run before it */
export function connect(
  { attempt: before, request, tries, sequence, refreshed }: From,
  link: Link,
  timings: SessionTimings,
  first: readonly Effect[] = [],
): Step {
  const attempt = before + 1;
  return {
    state: { phase: 'connecting', attempt, link, request, tries, sequence, refreshed },
    effects: [...first, { do: 'hideCode' }, ...opening(attempt, link, timings, request)],
  };
}

/** Shows the first of the codes that WhatsApp gave to the socket. */
export function showCodes(
  state: In<'connecting'> | In<'showingCode'>,
  step: StepType,
  codes: readonly string[],
  timings: SessionTimings,
): Step {
  if (step === 'qr') return show(state, { step, codes, index: 0 }, timings.firstCodeMs);
  // A replaced phone code keeps the expiry of the first one, because the socket does not live longer for it.
  return show(state, { step, codes, index: 0 }, state.phase === 'showingCode' ? null : timings.phoneCodeMs);
}

/** Shows the same reference with a new secret; its expiry does not change. */
export function redraw(state: In<'showingCode'>, codes: readonly string[]): Step {
  return show(state, { ...state, codes }, null);
}

/** Shows the next reference when the current one has expired; fails after the last one. */
export function showNext(state: In<'showingCode'>, timings: SessionTimings): Step {
  const { step, codes, index } = state;
  return show(state, { step, codes, index: index + 1 }, timings.nextCodeMs);
}

/** @param lifeMs lifetime of the code; null keeps the expiry of the code that it replaces */
function show(
  { attempt, request, tries, refreshed, sequence: before }: In<'connecting'> | In<'showingCode'>,
  { step, codes, index }: Pick<In<'showingCode'>, 'step' | 'codes' | 'index'>,
  lifeMs: number | null,
): Step {
  const value = codes[index];
  if (value === undefined) return failed({ attempt }, EXPIRED[step]);
  const sequence = before + 1;
  const effects: Effect[] = [{ do: 'showCode', step, value, sequence, of: codes.length, lifeMs }];
  if (lifeMs !== null) effects.push({ do: 'schedule', timer: 'code', afterMs: lifeMs });
  return {
    state: { phase: 'showingCode', attempt, step, codes, index, request, tries, sequence, refreshed },
    effects,
  };
}

/** Stores a device that WhatsApp accepted, or rejects it when its number is not the expected one. */
export function accept(state: In<'showingCode'>, phone: string): Step {
  const { attempt, request, sequence } = state;
  if (request.expected !== null && !samePhone(request.expected, phone)) {
    const step = ended(state, { kind: 'failed', failure: FAILURES.wrong_number, parked: false }, 'close');
    return { state: step.state, effects: [{ do: 'hideCode' }, { do: 'rejectDevice' }, ...step.effects] };
  }
  return {
    state: { phase: 'accepting', attempt, request, sequence },
    effects: [{ do: 'hideCode' }, { do: 'storeAccepted' }],
  };
}

/** Handles the end of a pairing's socket before its connection was open. */
export function pairingClosed(state: PairingState, end: ConnectionEnd, timings: SessionTimings): Step {
  const link = linkOf(state);
  const decision = disconnectPolicy(end, phaseOf(state));
  const { failure } = decision;
  const from = { tries: 0, refreshed: false, ...state };
  switch (decision.action) {
    case 'restart':
      if (state.phase === 'accepted') return connect(from, 'unconfirmed', timings, [{ do: 'destroy' }]);
      // A server that restarts every login gets a pause before the next one.
      if (from.tries > 0) return pauseOrGiveUp(state, from, decision, timings);
      return connect({ ...from, tries: 1 }, link, timings, [{ do: 'destroy' }]);
    case 'unlink':
      // The client asked for a linked account: the same session continues with a new device and its codes.
      return connect({ ...from, tries: 0 }, 'new', timings, [
        { do: 'destroy' },
        { do: 'erase', record: link === 'confirmed' ? { kind: 'unlinked', failure } : null },
      ]);
    case 'stop':
      if (decision.outdated && !from.refreshed) {
        const effects: Effect[] = [{ do: 'destroy' }, { do: 'hideCode' }, { do: 'refreshVersion' }];
        return { state: waiting({ ...from, refreshed: true }, link, 'version'), effects };
      }
      return failed(state, failure, { parked: link !== 'new' && isParking(end) });
    case 'retry':
      // WhatsApp closes the socket when the last QR code expires, slightly before the timer `code` fires. The code has
      // expired, so there is no retry.
      if (state.phase === 'showingCode' && state.step === 'qr' && state.index === state.codes.length - 1)
        return failed(state, EXPIRED.qr);
      return pauseOrGiveUp(state, from, decision, timings);
  }
}

/**
 * Ends a pairing that failed on this side or ran out of time. A new device fails. Stored credentials become a link in
 * `error` that keeps reconnecting automatically.
 */
export function giveUp(
  state: PairingState,
  failure: Failure,
  timings: SessionTimings,
  afterMs: number | null = null,
): Step {
  const link = linkOf(state);
  if (link === 'new') return failed(state, failure);
  const outage = { link, reason: null, isError: false, tries: 0, refreshed: false };
  const step = goDown(state, outage, { failure, isError: true, afterMs }, timings);
  return { state: step.state, effects: [{ do: 'hideCode' }, { do: 'releasePairingSlot' }, ...step.effects] };
}

/** Ends a pairing that reached its time limit (`sessionLimitMs`). */
export function timeOut(state: PairingState, timings: SessionTimings): Step {
  if (state.phase === 'showingCode') return failed(state, EXPIRED[state.step]);
  return giveUp(state, disconnectPolicy({ kind: 'silent' }, phaseOf(state)).failure, timings);
}

/**
 * Ends a session without a result. In `accepted` it closes the socket only after the reply has left. Without the reply,
 * the service would have credentials for a device that the phone does not show.
 */
export function stopped(state: SessionState): Step {
  return ended(state, { kind: 'idle' }, state.phase === 'accepted' ? 'close' : 'destroy');
}

/**
 * Retries after the next pause of the list. Gives up after the last pause, or at once when the problem is not one of
 * the network.
 */
function pauseOrGiveUp(
  state: PairingState,
  from: From,
  decision: DisconnectDecision,
  timings: SessionTimings,
): Step {
  const pauseMs = timings.retryDelaysMs[from.tries];
  if (pauseMs === undefined || decision.isError)
    return giveUp(state, decision.failure, timings, decision.afterMs);
  return {
    state: waiting({ ...from, tries: from.tries + 1 }, linkOf(state), 'timer'),
    effects: [{ do: 'destroy' }, { do: 'hideCode' }, { do: 'schedule', timer: 'retry', afterMs: pauseMs }],
  };
}

function waiting(
  { attempt, request, tries, sequence, refreshed }: From,
  link: Link,
  awaits: In<'waiting'>['awaits'],
): SessionState {
  return { phase: 'waiting', attempt, link, request, tries, sequence, refreshed, awaits };
}

/** Returns the credentials that the next attempt uses; `new` registers a device. */
export function linkOf(state: PairingState): Link {
  if (state.phase === 'accepted') return 'unconfirmed';
  return 'link' in state ? state.link : 'new';
}

function phaseOf(state: PairingState): 'accepted' | 'login' | 'pairing' {
  if (state.phase === 'accepted') return 'accepted';
  return linkOf(state) === 'new' ? 'pairing' : 'login';
}
