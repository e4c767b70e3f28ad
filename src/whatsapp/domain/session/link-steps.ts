import type { ConnectionEnd } from './connection-end.js';
import { disconnectPolicy, type DisconnectDecision } from './disconnect-policy.js';
import type { Effect, In, Outage, SessionEvent, SessionState, Step } from './session-state.js';
import type { SessionTimings } from './session-timings.js';
import { ended, failed, opening } from './steps.js';

/* Transitions of a link: no client waits for it, and it reconnects until the user or WhatsApp ends it. */

type Restore = Extract<SessionEvent, { type: 'restore' }>;

/** Begins with an outage: the first login follows after a random pause, or after the rest of a ban. */
export function restore(state: In<'new'>, { link, reason, waitMs }: Restore, timings: SessionTimings): Step {
  const outage: Outage = { link, reason, isError: reason !== null, tries: 0, refreshed: false };
  const pause: Effect =
    waitMs === null
      ? { do: 'scheduleReconnect', ceilingMs: timings.startJitterMs }
      : { do: 'schedule', timer: 'retry', afterMs: waitMs };
  return { state: { phase: 'down', attempt: state.attempt, outage, awaits: 'timer' }, effects: [pause] };
}

/**
 * Retries a connection that was lost or could not be opened, after a pause and without a limit of attempts.
 * @param outage the outage before this failure
 */
export function goDown(
  { attempt }: Pick<SessionState, 'attempt'>,
  outage: Outage,
  { failure, isError, afterMs }: Pick<DisconnectDecision, 'failure' | 'isError' | 'afterMs'>,
  timings: SessionTimings,
): Step {
  const { reconnectMinMs, reconnectMaxMs } = timings;
  const effects: Effect[] = [{ do: 'destroy' }];
  const isNewError = failure.code !== outage.reason?.code || afterMs !== null || !outage.isError;
  if (isError && isNewError) effects.push({ do: 'recordFailure', failure, parkedForMs: afterMs });
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

/** Waits for a login slot when the pause is over. */
export function queue({ attempt }: Pick<SessionState, 'attempt'>, outage: Outage): Step {
  return { state: { phase: 'queued', attempt, outage }, effects: [{ do: 'waitForLoginSlot' }] };
}

/** Logs in with the stored credentials when the throttle has granted a login slot. */
export function takeLoginSlot({ attempt, outage }: In<'queued'>, timings: SessionTimings): Step {
  const next = attempt + 1;
  return {
    state: { phase: 'restoring', attempt: next, outage },
    effects: opening(next, outage.link, timings),
  };
}

/** @param tries failed attempts before this connection; kept until it has been open for `heldMs` */
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

/** Handles the end of a link's socket, while it was open or during its login. */
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
      // Without a pause only when the previous connection was stable: a server that keeps restarting must not be
      // flooded.
      if (outage.tries > 0) return goDown(state, outage, decision, timings);
      const step = queue(state, { ...outage, reason: failure, tries: 1 });
      return { state: step.state, effects: [{ do: 'destroy' }, ...step.effects] };
    }
    case 'retry':
      return goDown(state, outage, decision, timings);
    case 'unlink':
      // 401 for unconfirmed credentials is not an unlink by the user. Either WhatsApp never completed their pairing, or
      // it carried out the logout that `disconnect` sent.
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

/**
 * Whether the account must stay down, also after a restart of the service. True when WhatsApp refused it. False for an
 * outdated version (405): the version may be newer after the restart.
 */
export function isParking(end: ConnectionEnd): boolean {
  return end.kind === 'whatsapp' && end.code !== 405;
}

/** Returns the current outage. An open connection begins a new one. */
function outageOf(state: In<'open'> | In<'restoring'>): Outage {
  if (state.phase === 'restoring') return state.outage;
  return { link: 'confirmed', reason: null, isError: false, tries: state.tries, refreshed: false };
}
