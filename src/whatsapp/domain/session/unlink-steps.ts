import type { ConnectionEnd } from './connection-end.js';
import { linkOf } from './pairing-steps.js';
import {
  isPairing,
  type Effect,
  type In,
  type Outcome,
  type SessionState,
  type Step,
} from './session-state.js';
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
      return linkOf(state) === 'new'
        ? loggedOut(state, { confirmed: true }, 'destroy')
        : awaitLogin(state, bound);
    case 'restoring':
      return awaitLogin(state, bound);
    case 'waiting':
      return linkOf(state) === 'new'
        ? loggedOut(state, { confirmed: true }, 'destroy')
        : logInAgain(state, bound);
    case 'new':
    case 'accepted':
    case 'down':
    case 'queued':
      return logInAgain(state, bound);
  }
}

/** Lets the login that is in progress carry the logout. */
function awaitLogin({ attempt }: SessionState, bound: Effect): Step {
  return {
    state: { phase: 'unlinking', attempt, ready: false },
    effects: [{ do: 'releasePairingSlot' }, bound],
  };
}

/** Opens a login that carries the logout. */
function logInAgain(state: SessionState, bound: Effect): Step {
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
