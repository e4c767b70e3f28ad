import type { AccountId } from './account-id.js';
import type { AccountStatus } from './account.js';
import { disconnectPolicy } from './session/disconnect-policy.js';
import type { Failure } from './failure.js';
import type { Outage, SessionState } from './session/session-state.js';

/**
 * What happened to an account:
 * - `pairing`: `POST /pair` started a session; ends with `connected`, `failed`, `stopped` or `disconnected`
 * - `linked`: WhatsApp accepted the device, the credentials are stored
 * - `connected`: its connection is open
 * - `down`: its connection was lost or did not come about (`reason`); it comes back by itself
 * - `failed`: the pairing failed, or the link stays down until somebody acts (`reason` and its `userAction`)
 * - `unlinked`: WhatsApp no longer knows the device (`reason`); the credentials are deleted
 * - `stopped`: its session has ended without an outcome: the pairing was stopped or replaced, or the service ends
 * - `disconnected`: `disconnect` has deleted everything; a `reason` says that WhatsApp did not confirm the logout
 *
 * Consumers must accept new ones.
 */
export const ACCOUNT_EVENT_TYPES = [
  'pairing',
  'linked',
  'connected',
  'down',
  'failed',
  'unlinked',
  'stopped',
  'disconnected',
] as const;
export type AccountEventType = (typeof ACCOUNT_EVENT_TYPES)[number];

export interface AccountEvent {
  readonly type: AccountEventType;
  readonly accountId: AccountId;
  /** Grows with every event of this process: of two events, of one account or several, the later has the larger one. */
  readonly sequence: number;
  readonly at: Date;
  /** The account as `GET /status` tells it from this event on. */
  readonly status: AccountStatus;
  readonly reason: Failure | null;
}

const UNLINKED = disconnectPolicy({ kind: 'whatsapp', code: 401, detail: null }, 'login').failure;

export interface AccountChange {
  readonly type: AccountEventType;
  readonly reason: Failure | null;
}

/** What a step of a session means to those around it; how the session ended is told by its outcome. */
export function changeFor(before: SessionState, after: SessionState): AccountChange | null {
  if (after.phase === before.phase && after.attempt === before.attempt) return null;
  switch (after.phase) {
    case 'connecting':
      if (before.phase === 'new') return { type: 'pairing', reason: null };
      return 'link' in before && before.link === 'confirmed' && after.link === 'new'
        ? { type: 'unlinked', reason: UNLINKED }
        : null;
    case 'accepted':
      return { type: 'linked', reason: null };
    case 'open':
      return { type: 'connected', reason: null };
    case 'down':
      return outageBegun(before, after.outage);
    case 'queued':
      return before.phase === 'open' ? { type: 'down', reason: after.outage.reason } : null;
    case 'new':
    case 'waiting':
    case 'showingCode':
    case 'accepting':
    case 'restoring':
    case 'unlinking':
    case 'ended':
      return null;
  }
}

/** An outage is told of once, and again when there is another reason for it. */
function outageBegun(before: SessionState, { reason, isError }: Outage): AccountChange | null {
  if (reason === null || before.phase === 'new') return null;
  const known = 'outage' in before ? before.outage : null;
  if (known?.reason?.code === reason.code && known.isError === isError) return null;
  return { type: isError ? 'failed' : 'down', reason };
}
