import { disconnectPolicy, FAILURES } from './disconnect-policy.js';
import type { ConnectionEnd } from './connection-end.js';
import { linkClosed, goDown, connectionOpened, queue, restore, takeLoginSlot } from './link-steps.js';
import {
  accept,
  connect,
  giveUp,
  linkOf,
  timeOut,
  pairingClosed,
  redraw,
  showCodes,
  showNext,
  stopped,
} from './pairing-steps.js';
import type { Effect, SessionEvent, SessionState, Step } from './session-state.js';
import type { SessionTimings } from './session-timings.js';
import { ended, failed, stay } from './steps.js';
import { eraseFailed, loggedOut, logoutClosed, unlink } from './unlink-steps.js';

type Event<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

export const NEW_SESSION: SessionState = { phase: 'new', attempt: 0 };

/**
 * Returns the next state of a session and the effects of an event. Pure: it uses no timer and no I/O. Events of an
 * attempt that is no longer current are dropped here and nowhere else.
 */
export function transition(state: SessionState, event: SessionEvent, timings: SessionTimings): Step {
  if ('attempt' in event && event.attempt !== state.attempt) return stay(state);
  switch (event.type) {
    case 'pair': {
      if (state.phase !== 'new') return stay(state);
      const limit: Effect = { do: 'schedule', timer: 'session', afterMs: timings.sessionLimitMs };
      const { link, request } = event;
      return connect({ attempt: 0, request, tries: 0, sequence: 0, refreshed: false }, link, timings, [
        limit,
      ]);
    }
    case 'restore':
      return state.phase === 'new' ? restore(state, event, timings) : stay(state);
    case 'loginSlot':
      return state.phase === 'queued' ? takeLoginSlot(state, timings) : stay(state);
    case 'codes':
      if (state.phase !== 'showingCode' && (state.phase !== 'connecting' || state.link !== 'new'))
        return stay(state);
      return showCodes(state, event.step, event.values, timings);
    case 'codesRedrawn':
      return state.phase === 'showingCode' ? redraw(state, event.values) : stay(state);
    case 'acceptRequested':
      return state.phase === 'showingCode' ? accept(state, event.phone) : stay(state);
    case 'stored':
      if (state.phase !== 'accepting') return stay(state);
      return {
        state: { ...state, phase: 'accepted' },
        effects: [{ do: 'schedule', timer: 'attempt', afterMs: timings.restartTimeoutMs }],
      };
    case 'opened':
      return loggedIn(state, event, timings);
    case 'closed':
      return closed(state, event.end, timings);
    case 'startFailed':
      return startFailed(state, event, timings);
    case 'versionRefreshed':
      return versionRefreshed(state, event, timings);
    case 'loggedOut':
      return state.phase === 'unlinking' ? loggedOut(state, event, 'close') : stay(state);
    case 'eraseFailed':
      if (state.phase === 'ended') return eraseFailed(state);
      return failed(state, FAILURES.storage_failed);
    case 'due':
      return due(state, event, timings);
    case 'stop':
      return stop(state);
    case 'replace': {
      if (state.phase === 'open' || state.phase === 'unlinking' || state.phase === 'ended')
        return stay(state);
      // The slot is not released: the session that follows uses it.
      const step = stopped(state);
      return {
        state: step.state,
        effects: step.effects.filter((effect) => effect.do !== 'releasePairingSlot'),
      };
    }
    case 'disconnect':
      return unlink(state, timings);
    case 'shutdown':
      return state.phase === 'ended' ? stay(state) : ended(state, { kind: 'idle' }, 'close');
    case 'leaseLost':
      return state.phase === 'ended' ? stay(state) : ended(state, { kind: 'idle' }, 'destroy');
  }
}

/** Handles an open connection: it serves the account, or carries the logout of `disconnect`. */
function loggedIn(state: SessionState, { phone }: Event<'opened'>, timings: SessionTimings): Step {
  switch (state.phase) {
    case 'unlinking':
      return { state: { ...state, ready: true }, effects: [{ do: 'logout' }] };
    case 'connecting':
      return connectionOpened(state, phone, 0, timings);
    case 'restoring':
      return connectionOpened(state, phone, state.outage.tries, timings);
    case 'new':
    case 'waiting':
    case 'showingCode':
    case 'accepting':
    case 'accepted':
    case 'open':
    case 'down':
    case 'queued':
    case 'ended':
      return stay(state);
  }
}

/** Handles the end of the current socket. The phase decides which rules apply. */
function closed(state: SessionState, end: ConnectionEnd, timings: SessionTimings): Step {
  switch (state.phase) {
    case 'connecting':
    case 'showingCode':
    case 'accepting':
    case 'accepted':
      return pairingClosed(state, end, timings);
    case 'open':
    case 'restoring':
      return linkClosed(state, end, timings);
    case 'unlinking':
      return logoutClosed(state, end);
    case 'new':
    case 'waiting':
    case 'down':
    case 'queued':
    case 'ended':
      return stay(state);
  }
}

/**
 * Handles a socket that could not be created. Unreadable credentials end the session, because a retry cannot make them
 * readable.
 */
function startFailed(state: SessionState, { failure }: Event<'startFailed'>, timings: SessionTimings): Step {
  if (state.phase === 'unlinking') return loggedOut(state, { confirmed: false }, 'destroy');
  if (state.phase !== 'connecting' && state.phase !== 'restoring') return stay(state);
  if (failure.code === 'auth_state_corrupt') return failed(state, failure);
  if (state.phase === 'connecting') return giveUp(state, failure, timings);
  return goDown(state, state.outage, { failure, isError: true, afterMs: null }, timings);
}

/**
 * Continues after a login that WhatsApp refused as outdated (405): retries with the newer version, or fails without
 * one.
 */
function versionRefreshed(
  state: SessionState,
  { newer }: Event<'versionRefreshed'>,
  timings: SessionTimings,
): Step {
  if ((state.phase !== 'waiting' && state.phase !== 'down') || state.awaits !== 'version') return stay(state);
  if (!newer)
    return failed(state, disconnectPolicy({ kind: 'whatsapp', code: 405, detail: null }, 'login').failure);
  return state.phase === 'waiting' ? connect(state, linkOf(state), timings) : queue(state, state.outage);
}

function due(state: SessionState, { timer }: Event<'due'>, timings: SessionTimings): Step {
  switch (timer) {
    case 'retry':
      if (state.phase === 'waiting') return connect(state, state.link, timings);
      return state.phase === 'down' ? queue(state, state.outage) : stay(state);
    case 'code':
      return state.phase === 'showingCode' ? showNext(state, timings) : stay(state);
    case 'attempt':
      return closed(state, { kind: 'silent' }, timings);
    case 'held':
      return state.phase === 'open' ? stay({ ...state, tries: 0 }) : stay(state);
    case 'logout':
      return state.phase === 'unlinking' ? loggedOut(state, { confirmed: false }, 'destroy') : stay(state);
    case 'session':
      switch (state.phase) {
        case 'connecting':
        case 'waiting':
        case 'showingCode':
        case 'accepting':
        case 'accepted':
          return timeOut(state, timings);
        case 'new':
        case 'open':
        case 'down':
        case 'queued':
        case 'restoring':
        case 'unlinking':
        case 'ended':
          return stay(state);
      }
  }
}

/**
 * Ends a pairing. A link that is down keeps reconnecting, because `POST /pair` did not start it; only its `error` is
 * cleared.
 */
function stop(state: SessionState): Step {
  switch (state.phase) {
    case 'open':
    case 'unlinking':
    case 'ended':
      return stay(state);
    case 'down':
    case 'queued':
    case 'restoring':
      return stay(state.outage.isError ? { ...state, outage: { ...state.outage, isError: false } } : state);
    case 'new':
    case 'connecting':
    case 'waiting':
    case 'showingCode':
    case 'accepting':
    case 'accepted':
      return stopped(state);
  }
}
