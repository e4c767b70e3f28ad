import type { AccountId } from '../domain/account-id.js';
import type { ConnectionEnd } from '../domain/session/connection-end.js';
import type { StepType } from '../domain/pairing.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { WebVersion } from '../domain/web-version.js';
import type { AuthStateWriter, KeyChange } from './auth-state.store.js';

/** What WhatsApp accepted, ready to be stored in one transaction. */
export interface AcceptedDevice {
  readonly phone: string;
  readonly credentials: Uint8Array;
  /** Every Signal key written so far: until here a pairing lives in memory only. */
  readonly keys: readonly KeyChange[];
}

export type AttemptEvent =
  /**
   * What the person can use now. `qr`: WhatsApp gave references, and each value is the text of one QR code, to be shown one after
   * another. `code`: the one code that WhatsApp has accepted for the number, as it is shown (`ABCD-EFGH`); again when it is replaced.
   */
  | { readonly type: 'codes'; readonly step: StepType; readonly values: readonly string[] }
  /** WhatsApp retired the secret of the QR codes: the same references, drawn again with a new one. Already acknowledged. */
  | { readonly type: 'codesRedrawn'; readonly values: readonly string[] }
  /** Logged in: the connection serves the account. */
  | { readonly type: 'opened'; readonly phone: string }
  /** The socket is over, by itself. The last event of an attempt; not sent after `cut` or `end`. */
  | { readonly type: 'closed'; readonly end: ConnectionEnd };

export interface AttemptRequest {
  readonly accountId: AccountId;
  /** For log lines. */
  readonly attempt: number;
  /** Stored credentials to log in with; null registers a new device. */
  readonly credentials: Uint8Array | null;
  /** A new device is registered by a code for this number; null: by QR code. Of no meaning at a login. */
  readonly phoneNumber: PhoneNumber | null;
  /** The version of WhatsApp Web to announce. */
  readonly webVersion: WebVersion;
  /** Belongs to this attempt alone; whoever asked for the attempt closes it. Not written before `onAccepted` has resolved. */
  readonly writer: AuthStateWriter;
  /** Must not throw. */
  readonly onEvent: (event: AttemptEvent) => void;
  /**
   * WhatsApp accepted the device. The reply that completes the pairing leaves only after this has resolved; when it
   * rejects, the reply never leaves, the phone shows no device, and the attempt closes (`storage_failed`). When it rejects
   * with `DeviceRefused`, WhatsApp is told that the device is not wanted, and no event follows; `end`, which may be called in the
   * same turn, lets that leave.
   */
  readonly onAccepted: (device: AcceptedDevice) => Promise<void>;
}

/** One socket. */
export interface Attempt {
  /** Destroys the socket now. No event follows. */
  destroy(): void;
  /** Lets what was sent leave, closes politely, bounded to 2 s, then cuts. No event follows. */
  close(): Promise<void>;
  /** Unlinks this device at WhatsApp and waits for the answer. Only while open; the caller bounds it. @throws when WhatsApp refused or the socket broke */
  logout(): Promise<void>;
  /** Resolves when the TCP connection is closed, however that came. */
  readonly closed: Promise<void>;
}

export abstract class WhatsappGateway {
  /** The version of WhatsApp Web that this release was made for. */
  abstract readonly pinnedWebVersion: WebVersion;
  /** The newest version that WhatsApp serves. The caller bounds it by `signal`. @throws when it cannot be had */
  abstract fetchWebVersion(signal: AbortSignal): Promise<WebVersion>;
  /**
   * Starts an attempt; resolves once the socket exists, without waiting for WhatsApp.
   * @throws AuthStateCorrupt when the credentials cannot be decoded; anything else means it could not be started here
   */
  abstract open(request: AttemptRequest): Promise<Attempt>;
  /** Reads stored credentials without using them. @throws AuthStateCorrupt */
  abstract inspect(credentials: Uint8Array): { readonly phone: string };
}
