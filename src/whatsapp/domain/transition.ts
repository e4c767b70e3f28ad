import type { AttemptPhase } from './disconnect-policy.js';
import { disconnectPolicy } from './disconnect-policy.js';
import type { ConnectionEnd } from './connection-end.js';
import type { Failure } from './failure.js';
import type { Effect, Link, Outcome, SessionEvent, SessionState, Step } from './session-state.js';
import type { SessionTimings } from './session-timings.js';

type In<P extends SessionState['phase']> = Extract<SessionState, { phase: P }>;

export const NEW_SESSION: SessionState = { phase: 'new', attempt: 0 };

const QR_EXPIRED: Failure = {
  code: 'qr_expired',
  message: 'No phone scanned the code in time; start again for a new one.',
  userAction: 'scan_again',
};

function stay(state: SessionState): Step {
  return { state, effects: [] };
}

function ended(
  state: SessionState,
  outcome: Outcome,
  how: 'cut' | 'end',
  first: readonly Effect[] = [],
): Step {
  const effects: Effect[] = [...first, { do: how }, { do: 'leavePairing' }];
  if (outcome.kind === 'disconnected') effects.push({ do: 'erase' });
  effects.push({ do: 'finish' });
  return { state: { phase: 'ended', attempt: state.attempt, outcome }, effects };
}

function failed(state: SessionState, failure: Failure, parked = false): Step {
  return ended(state, { kind: 'failed', failure, parked }, 'cut');
}

function opening(attempt: number, link: Link, timings: SessionTimings): readonly Effect[] {
  const afterMs = link === 'new' ? timings.connectTimeoutMs : timings.loginTimeoutMs;
  return [{ do: 'hideCode' }, { do: 'schedule', timer: 'attempt', afterMs }, { do: 'open', attempt, link }];
}

function connect(
  from: { readonly attempt: number; readonly tries: number; readonly sequence: number },
  link: Link,
  timings: SessionTimings,
  first: readonly Effect[] = [],
): Step {
  const attempt = from.attempt + 1;
  return {
    state: { phase: 'connecting', attempt, link, tries: from.tries, sequence: from.sequence },
    effects: [...first, ...opening(attempt, link, timings)],
  };
}

function show(
  state: In<'connecting'> | In<'showingCode'>,
  codes: readonly string[],
  index: number,
  lifeMs: number | null,
): Step {
  const value = codes[index];
  if (value === undefined) return failed(state, QR_EXPIRED);
  const sequence = state.sequence + 1;
  const effects: Effect[] = [{ do: 'showCode', value, sequence, of: codes.length, lifeMs }];
  if (lifeMs !== null) effects.push({ do: 'schedule', timer: 'code', afterMs: lifeMs });
  return {
    state: { phase: 'showingCode', attempt: state.attempt, codes, index, tries: state.tries, sequence },
    effects,
  };
}

const DISCONNECTED: Outcome = { kind: 'disconnected', unreached: false };

/** However the logout's connection ended, what remains is the local deletion. */
function deleteOnly(state: In<'unlinking'>, end: ConnectionEnd | null): Step {
  const unlinkedAlready = end?.kind === 'whatsapp' && end.code === 401;
  return ended(state, { kind: 'disconnected', unreached: !state.ready && !unlinkedAlready }, 'cut');
}

/** `disconnect` goes through WhatsApp where there is something to log out; the whole of it is bounded by one timer. */
function unlink(state: SessionState, timings: SessionTimings): Step {
  const bound: Effect = { do: 'schedule', timer: 'logout', afterMs: timings.logoutTimeoutMs };
  switch (state.phase) {
    case 'open':
      return {
        state: { phase: 'unlinking', attempt: state.attempt, ready: true },
        effects: [{ do: 'leavePairing' }, bound, { do: 'logout' }],
      };
    case 'connecting':
      if (state.link === 'new') return ended(state, DISCONNECTED, 'cut');
      return {
        state: { phase: 'unlinking', attempt: state.attempt, ready: false },
        effects: [{ do: 'leavePairing' }, bound],
      };
    case 'waiting':
      if (state.link === 'new') return ended(state, DISCONNECTED, 'cut');
      break;
    case 'showingCode':
    case 'accepting':
      return ended(state, DISCONNECTED, 'cut');
    case 'new':
    case 'accepted':
      break;
    case 'unlinking':
    case 'ended':
      return stay(state);
  }
  const attempt = state.attempt + 1;
  return {
    state: { phase: 'unlinking', attempt, ready: false },
    effects: [
      { do: 'end' },
      { do: 'leavePairing' },
      { do: 'hideCode' },
      bound,
      { do: 'open', attempt, link: 'stored' },
    ],
  };
}

function phaseOf(state: SessionState): AttemptPhase {
  switch (state.phase) {
    case 'open':
      return 'open';
    case 'accepted':
      return 'accepted';
    case 'connecting':
    case 'waiting':
      return state.link === 'stored' ? 'login' : 'pairing';
    case 'unlinking':
      return 'login';
    case 'new':
    case 'showingCode':
    case 'accepting':
    case 'ended':
      return 'pairing';
  }
}

function closed(state: SessionState, end: ConnectionEnd, timings: SessionTimings): Step {
  if (state.phase === 'ended' || state.phase === 'new' || state.phase === 'waiting') return stay(state);
  if (state.phase === 'unlinking') return deleteOnly(state, end);
  const phase = phaseOf(state);
  const { action, failure } = disconnectPolicy(end, phase);
  const sequence = 'sequence' in state ? state.sequence : 0;
  switch (action) {
    case 'restart':
      return connect({ attempt: state.attempt, tries: 0, sequence }, 'stored', timings, [{ do: 'cut' }]);
    case 'unlink':
      if (phase === 'open') {
        return ended(state, { kind: 'failed', failure, parked: false }, 'cut', [
          { do: 'cut' },
          { do: 'erase' },
        ]);
      }
      return connect({ attempt: state.attempt, tries: 0, sequence }, 'new', timings, [
        { do: 'cut' },
        { do: 'erase' },
      ]);
    case 'stop':
      return failed(state, failure, phase !== 'pairing' && end.kind === 'whatsapp');
    case 'retry': {
      // A drop of a live connection: restoring it is not this session's task yet.
      if (phase === 'open') return ended(state, { kind: 'idle' }, 'cut');
      // WhatsApp closes the socket when its last code expires, a moment before our own timer: no reason for six more.
      if (state.phase === 'showingCode' && state.index === state.codes.length - 1)
        return failed(state, QR_EXPIRED);
      const tries = 'tries' in state ? state.tries : 0;
      const pauseMs = timings.retryDelaysMs[tries];
      if (pauseMs === undefined) return failed(state, failure);
      const link = phase === 'login' ? 'stored' : 'new';
      return {
        state: { phase: 'waiting', attempt: state.attempt, link, tries: tries + 1, sequence },
        effects: [{ do: 'cut' }, { do: 'hideCode' }, { do: 'schedule', timer: 'retry', afterMs: pauseMs }],
      };
    }
  }
}

function due(
  state: SessionState,
  event: Extract<SessionEvent, { type: 'due' }>,
  timings: SessionTimings,
): Step {
  switch (event.timer) {
    case 'retry':
      return state.phase === 'waiting' ? connect(state, state.link, timings) : stay(state);
    case 'code':
      return state.phase === 'showingCode'
        ? show(state, state.codes, state.index + 1, timings.nextCodeMs)
        : stay(state);
    case 'attempt':
      return closed(state, { kind: 'silent' }, timings);
    case 'logout':
      return state.phase === 'unlinking' ? deleteOnly(state, null) : stay(state);
    case 'session':
      if (state.phase === 'open' || state.phase === 'unlinking' || state.phase === 'ended')
        return stay(state);
      if (state.phase === 'showingCode') return failed(state, QR_EXPIRED);
      return failed(state, disconnectPolicy({ kind: 'silent' }, phaseOf(state)).failure);
  }
}

function eraseFailed(state: SessionState): Step {
  if (state.phase !== 'ended')
    return failed(state, disconnectPolicy({ kind: 'storage_failed' }, 'login').failure);
  // An unlink that could not be carried out here is still an unlink for whoever reads the status.
  const outcome: Outcome = state.outcome.kind === 'failed' ? state.outcome : { kind: 'eraseFailed' };
  return ended(state, outcome, 'cut');
}

/** Accepted: the reply still has to reach WhatsApp, or the phone would show no device for the stored credentials. */
function stopped(state: SessionState): Step {
  if (state.phase === 'open' || state.phase === 'unlinking' || state.phase === 'ended') return stay(state);
  return ended(state, { kind: 'idle' }, state.phase === 'accepted' ? 'end' : 'cut');
}

function opened(state: SessionState, phone: string): Step {
  if (state.phase === 'unlinking') return { state: { ...state, ready: true }, effects: [{ do: 'logout' }] };
  if (state.phase !== 'connecting') return stay(state);
  return {
    state: { phase: 'open', attempt: state.attempt, phone },
    effects: [{ do: 'leavePairing' }, { do: 'recordOpen', phone }],
  };
}

/**
 * The behaviour of a session, all of it: no timers, no I/O. An event of an attempt that is no longer current is dropped
 * here and nowhere else.
 */
export function transition(state: SessionState, event: SessionEvent, timings: SessionTimings): Step {
  if ('attempt' in event && event.attempt !== state.attempt) return stay(state);
  switch (event.type) {
    case 'pair': {
      if (state.phase !== 'new') return stay(state);
      const limit: Effect = { do: 'schedule', timer: 'session', afterMs: timings.sessionLimitMs };
      return connect({ attempt: 0, tries: 0, sequence: 0 }, event.link, timings, [limit]);
    }
    case 'codes':
      if (state.phase !== 'showingCode' && (state.phase !== 'connecting' || state.link !== 'new'))
        return stay(state);
      return show(state, event.values, 0, timings.firstCodeMs);
    case 'codesRedrawn':
      return state.phase === 'showingCode' ? show(state, event.values, state.index, null) : stay(state);
    case 'acceptRequested':
      if (state.phase !== 'showingCode') return stay(state);
      return {
        state: { phase: 'accepting', attempt: state.attempt, sequence: state.sequence },
        effects: [{ do: 'hideCode' }, { do: 'storeAccepted' }],
      };
    case 'stored':
      if (state.phase !== 'accepting') return stay(state);
      return {
        state: { phase: 'accepted', attempt: state.attempt, sequence: state.sequence },
        effects: [{ do: 'schedule', timer: 'attempt', afterMs: timings.restartTimeoutMs }],
      };
    case 'opened':
      return opened(state, event.phone);
    case 'closed':
      return closed(state, event.end, timings);
    case 'startFailed':
      if (state.phase === 'unlinking') return deleteOnly(state, null);
      return state.phase === 'ended' ? stay(state) : failed(state, event.failure);
    case 'loggedOut':
      return state.phase === 'unlinking' ? ended(state, DISCONNECTED, 'end') : stay(state);
    case 'eraseFailed':
      return eraseFailed(state);
    case 'due':
      return due(state, event, timings);
    case 'stop':
      return stopped(state);
    case 'replace': {
      const step = stopped(state);
      return { state: step.state, effects: step.effects.filter((effect) => effect.do !== 'leavePairing') };
    }
    case 'disconnect':
      return unlink(state, timings);
    case 'shutdown':
      return state.phase === 'ended' ? stay(state) : ended(state, { kind: 'idle' }, 'end');
    case 'ownershipLost':
      return state.phase === 'ended' ? stay(state) : ended(state, { kind: 'idle' }, 'cut');
  }
}
