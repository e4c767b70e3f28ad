import type { AccountId } from './account-id.js';
import type { AccountStatus } from './account.js';
import { disconnectPolicy } from './session/disconnect-policy.js';
import type { Failure } from './failure.js';
import type { Outage, SessionState } from './session/session-state.js';

/**
 * The kinds of events of an account. `reason` is null where the text below does not name it.
 *
 * - `pairing`: emitted when `POST /pair` has started a session, before its socket opens. The pairing ends with
 *   `connected`, `failed`, `stopped` or `disconnected`; `linked` and `unlinked` can come before.
 * - `linked`: emitted when WhatsApp accepted the device and the credentials are stored. WhatsApp then closes the socket
 *   (515), the session logs in, and `connected` follows.
 * - `connected`: emitted when the connection is open. It stays open until `down`, `failed`, `unlinked`, `stopped` or
 *   `disconnected`.
 * - `down`: emitted when the connection of a linked account was lost or could not be opened. `reason` has the cause.
 *   The session reconnects automatically, and `connected` follows. An outage emits `down` once, and again for each new
 *   cause.
 * - `failed`: emitted when the pairing failed, or when a linked account is in `error`. `reason` has the cause and the
 *   `userAction`. An account that is not linked must be paired again. A linked account keeps its credentials. It
 *   reconnects automatically where a retry can help (a network or store error, a temporary ban with a known end), and
 *   `connected` follows. Otherwise it stays down until the `userAction` is done.
 * - `unlinked`: emitted when WhatsApp no longer knows the device: the user removed it on the phone, or WhatsApp did.
 *   `reason` has the cause. The credentials are deleted. The session has ended, unless `POST /pair` started it: such a
 *   session continues with a QR code or phone code.
 * - `stopped`: emitted when a session ended without a result. `POST /pair/stop` or another `POST /pair` ended the
 *   pairing, the service shuts down, the lease was lost, or WhatsApp refused credentials that it had never confirmed.
 *   No further event of the session follows.
 * - `disconnected`: emitted when `POST /disconnect` has deleted the stored data of the account. A `reason` means that
 *   WhatsApp did not confirm the logout; the user must then remove the device on the phone.
 *
 * Consumers must ignore unknown types: later versions may add some.
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

/**
 * One event of one account. The log line about it is written from the event. `AccountEventStream` lists the messages of
 * `GET /events` that belong to each type.
 */
export interface AccountEvent {
  readonly type: AccountEventType;
  readonly accountId: AccountId;
  /** Increases with every event of the process, across all accounts: a later event has a larger number. */
  readonly sequence: number;
  readonly at: Date;
  /** The account as `GET /status` answers from this event on. */
  readonly status: AccountStatus;
  readonly reason: Failure | null;
}

const UNLINKED = disconnectPolicy({ kind: 'whatsapp', code: 401, detail: null }, 'login').failure;

/** The part of an event that follows from a state change alone, without account, number and time. */
export interface AccountChange {
  readonly type: AccountEventType;
  readonly reason: Failure | null;
}

/**
 * Returns the event of a state change, or null when the change has none. The end of a session is not covered here: its
 * event follows from its outcome.
 */
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

/** Returns the event of an outage when it begins and when its reason changes; null while it stays the same. */
function outageBegun(before: SessionState, { reason, isError }: Outage): AccountChange | null {
  if (reason === null || before.phase === 'new') return null;
  const known = 'outage' in before ? before.outage : null;
  if (known?.reason?.code === reason.code && known.isError === isError) return null;
  return { type: isError ? 'failed' : 'down', reason };
}
