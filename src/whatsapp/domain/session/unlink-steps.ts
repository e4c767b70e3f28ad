import type { ConnectionEnd } from './connection-end.js';
import { linkOf } from './pairing-steps.js';
import { isPairing } from './session-state.js';
import type { Effect, In, Outcome, SessionState, Step } from './session-state.js';
import type { SessionTimings } from './session-timings.js';
import { ended, stay } from './steps.js';

/* Transitions of `disconnect`: logs out at WhatsApp when a device may be linked, limited by one timer, then deletes. */

/**
 * Deletes at once when no device can be linked. Otherwise it logs out through the current login, or opens one for it.
 */
export function unlink(state: SessionState, timings: SessionTimings): Step {
  const bound: Effect = { do: 'schedule', timer: 'logout', afterMs: timings.logoutTimeoutMs };
  switch (state.phase) {
    case 'unlinking':
    case 'ended':
      return stay(state);
    case 'open':
      return {
        state: { phase: 'unlinking', attempt: state.attempt, ready: true },
        effects: [{ do: 'releasePairingSlot' }, bound, { do: 'logout' }],
      };
    case 'showingCode':
    case 'accepting':
      return loggedOut(state, { confirmed: true }, 'destroy');
    case 'connecting':
    case 'waiting':
      if (linkOf(state) === 'new') return loggedOut(state, { confirmed: true }, 'destroy');
      break;
    case 'new':
    case 'accepted':
    case 'down':
    case 'queued':
    case 'restoring':
  }
  if (state.phase === 'connecting' || state.phase === 'restoring') {
    // The login that is in progress carries the logout.
    const { attempt } = state;
    return {
      state: { phase: 'unlinking', attempt, ready: false },
      effects: [{ do: 'releasePairingSlot' }, bound],
    };
  }
  const attempt = state.attempt + 1;
  const leaving: Effect[] = isPairing(state) ? [{ do: 'releasePairingSlot' }, { do: 'hideCode' }] : [];
  return {
    state: { phase: 'unlinking', attempt, ready: false },
    effects: [{ do: 'close' }, ...leaving, bound, { do: 'open', attempt, link: 'confirmed' }],
  };
}

/** Deletes the stored data after the logout, confirmed or not. */
export function loggedOut(
  state: SessionState,
  { confirmed }: { readonly confirmed: boolean },
  how: 'destroy' | 'close',
): Step {
  return ended(state, { kind: 'disconnected', confirmed }, how, [
    { do: 'erase', record: confirmed ? null : { kind: 'logoutUnconfirmed' } },
  ]);
}

/** Handles the end of the socket before the answer. 401 confirms the logout: the device is no longer linked. */
export function logoutClosed(state: In<'unlinking'>, end: ConnectionEnd): Step {
  return loggedOut(state, { confirmed: end.kind === 'whatsapp' && end.code === 401 }, 'destroy');
}

/**
 * Handles a failed deletion of the stored data. `disconnect` reports it. An account that WhatsApp unlinked is still
 * `unlinked`.
 */
export function eraseFailed(state: In<'ended'>): Step {
  const outcome: Outcome = state.outcome.kind === 'disconnected' ? { kind: 'eraseFailed' } : state.outcome;
  return ended(state, outcome, 'destroy');
}
