import type { ConnectionEnd } from './connection-end.js';
import { disconnectPolicy, type DisconnectDecision } from './disconnect-policy.js';
import type { Effect, In, Outage, SessionEvent, SessionState, Step } from './session-state.js';
import type { SessionTimings } from './session-timings.js';
import { ended, failed, opening } from './steps.js';

/* The life of a link: nobody waits for it, and it comes back until the phone or WhatsApp ends it. */

type Restore = Extract<SessionEvent, { type: 'restore' }>;

export function restore(state: In<'new'>, { link, reason, waitMs }: Restore, timings: SessionTimings): Step {
  const outage: Outage = { link, reason, isError: reason !== null, tries: 0, refreshed: false };
  const pause: Effect =
    waitMs === null
      ? { do: 'scheduleReconnect', ceilingMs: timings.startJitterMs }
      : { do: 'schedule', timer: 'retry', afterMs: waitMs };
  return { state: { phase: 'down', attempt: state.attempt, outage, awaits: 'timer' }, effects: [pause] };
}

/**
 * The connection is gone, or did not come about: it is tried again after a pause, without end.
 * @param outage how things stood before
 */
export function goDown(
  { attempt }: Pick<SessionState, 'attempt'>,
  outage: Outage,
  { failure, isError, afterMs }: Pick<DisconnectDecision, 'failure' | 'isError' | 'afterMs'>,
  timings: SessionTimings,
): Step {
  const { reconnectMinMs, reconnectMaxMs } = timings;
  const effects: Effect[] = [{ do: 'destroy' }];
  const isNews = failure.code !== outage.reason?.code || afterMs !== null || !outage.isError;
  if (isError && isNews) effects.push({ do: 'recordFailure', failure, parkedForMs: afterMs });
  effects.push(
    afterMs === null
      ? { do: 'scheduleReconnect', ceilingMs: Math.min(reconnectMaxMs, reconnectMinMs * 2 ** outage.tries) }
      : { do: 'schedule', timer: 'retry', afterMs },
  );
  const next: Outage = {
    ...outage,
    reason: failure,
    isError: outage.isError || isError,
    tries: outage.tries + 1,
  };
  return { state: { phase: 'down', attempt, outage: next, awaits: 'timer' }, effects };
}

export function queue({ attempt }: Pick<SessionState, 'attempt'>, outage: Outage): Step {
  return { state: { phase: 'queued', attempt, outage }, effects: [{ do: 'waitForLoginSlot' }] };
}

export function takeLoginSlot({ attempt, outage }: In<'queued'>, timings: SessionTimings): Step {
  const next = attempt + 1;
  return {
    state: { phase: 'restoring', attempt: next, outage },
    effects: opening(next, outage.link, timings),
  };
}

export function connectionOpened(
  { attempt }: Pick<SessionState, 'attempt'>,
  phone: string,
  tries: number,
  timings: SessionTimings,
): Step {
  return {
    state: { phase: 'open', attempt, phone, tries },
    effects: [
      { do: 'releasePairingSlot' },
      { do: 'recordConnected', phone },
      { do: 'schedule', timer: 'held', afterMs: timings.heldMs },
    ],
  };
}

export function linkClosed(
  state: In<'open'> | In<'restoring'>,
  end: ConnectionEnd,
  timings: SessionTimings,
): Step {
  const outage = outageOf(state);
  const decision = disconnectPolicy(end, state.phase === 'open' ? 'open' : 'login');
  const { failure } = decision;
  switch (decision.action) {
    case 'restart': {
      // At once, but only if the connection before has held: a server that only ever restarts is left alone.
      if (outage.tries > 0) return goDown(state, outage, decision, timings);
      const step = queue(state, { ...outage, reason: failure, tries: 1 });
      return { state: step.state, effects: [{ do: 'destroy' }, ...step.effects] };
    }
    case 'retry':
      return goDown(state, outage, decision, timings);
    case 'unlink':
      // Credentials that were never open WhatsApp has never heard of; those whose logout was sent are gone as was asked.
      return outage.link === 'confirmed'
        ? ended(state, { kind: 'unlinked', failure }, 'destroy', [
            { do: 'erase', record: { kind: 'unlinked', failure } },
          ])
        : ended(state, { kind: 'idle' }, 'destroy', [{ do: 'erase', record: null }]);
    case 'stop':
      if (decision.outdated && !outage.refreshed) {
        return {
          state: {
            phase: 'down',
            attempt: state.attempt,
            outage: { ...outage, reason: failure, refreshed: true },
            awaits: 'version',
          },
          effects: [{ do: 'destroy' }, { do: 'refreshVersion' }],
        };
      }
      return failed(state, failure, { parked: isParking(end) });
  }
}

/** An account that WhatsApp has refused must not fight at the next start either; an outdated client may be a newer one by then. */
export function isParking(end: ConnectionEnd): boolean {
  return end.kind === 'whatsapp' && end.code !== 405;
}

function outageOf(state: In<'open'> | In<'restoring'>): Outage {
  if (state.phase === 'restoring') return state.outage;
  return { link: 'confirmed', reason: null, isError: false, tries: state.tries, refreshed: false };
}
