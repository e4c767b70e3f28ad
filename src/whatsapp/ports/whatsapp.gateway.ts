import type { AccountId } from '../domain/account-id.js';
import type { ConnectionEnd } from '../domain/session/connection-end.js';
import type { StepType } from '../domain/pairing.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { WebVersion } from '../domain/web-version.js';
import type { AuthStateWriter, KeyChange } from './auth-state.store.js';

/** A device that WhatsApp accepted, ready to be stored in one transaction. */
export interface AcceptedDevice {
  readonly phone: string;
  readonly credentials: Uint8Array;
  /** Every Signal key written so far: before acceptance a pairing is held in memory only. */
  readonly keys: readonly KeyChange[];
}

/** The events of an attempt. None follows after `destroy` or `close`. */
export type AttemptEvent =
  /**
   * The codes that the user can use now. `qr`: one QR code text per reference of WhatsApp, to be shown one after
   * another. `code`: the one phone code that WhatsApp has accepted for the number (`ABCD-EFGH`); emitted again when it
   * is replaced.
   */
  | { readonly type: 'codes'; readonly step: StepType; readonly values: readonly string[] }
  /**
   * The same references with a new secret, after WhatsApp retired the old one. The gateway has acknowledged that
   * already.
   */
  | { readonly type: 'codesRedrawn'; readonly values: readonly string[] }
  /** The login succeeded: the connection is open. */
  | { readonly type: 'opened'; readonly phone: string }
  /** The socket ended without a call of `destroy` or `close`. The last event of an attempt. */
  | { readonly type: 'closed'; readonly end: ConnectionEnd };

/** An encrypted message that arrived, without its content. */
export interface ReceivedMessage {
  /** Whether it could be decrypted. A message that was decrypted before and arrives again is not reported. */
  readonly isReadable: boolean;
  /** Whether it is a status update or a message of a newsletter. */
  readonly isBroadcast: boolean;
}

/** The parameters of an attempt. */
export interface AttemptRequest {
  readonly accountId: AccountId;
  /** The number of the attempt, for log lines. */
  readonly attempt: number;
  /** Stored credentials to log in with; null registers a new device. */
  readonly credentials: Uint8Array | null;
  /** Registers the new device by a phone code for this number; null: by QR code. Ignored with stored credentials. */
  readonly phoneNumber: PhoneNumber | null;
  /** The version of WhatsApp Web to send at login. */
  readonly webVersion: WebVersion;
  /** Belongs to this attempt alone; the caller of `open` closes it. Not written before `onAccepted` has resolved. */
  readonly writer: AuthStateWriter;
  /** Must not throw. */
  readonly onEvent: (event: AttemptEvent) => void;
  /** Called for every encrypted message. Must not throw. */
  readonly onMessage?: (message: ReceivedMessage) => void;
  /**
   * Stores the device that WhatsApp accepted. The gateway sends the reply that completes the pairing only after it
   * resolves. When it rejects, the reply is never sent, the phone shows no device, and the attempt closes
   * (`storage_failed`). When it rejects with `DeviceRefused`, the gateway reports to WhatsApp that the device is
   * rejected, and no event follows. A `close` in the same turn still sends that report.
   */
  readonly onAccepted: (device: AcceptedDevice) => Promise<void>;
}

/** One socket to WhatsApp. */
export interface Attempt {
  /** Destroys the socket now. No event follows. */
  destroy(): void;
  /** Sends the remaining data and closes the socket; destroys it after 2 s. No event follows. */
  close(): Promise<void>;
  /**
   * Unlinks this device at WhatsApp and waits for the answer. Valid only while open; the caller limits the time.
   * @throws when WhatsApp refused or the socket broke
   */
  logout(): Promise<void>;
  /** Resolves when the TCP connection is closed, for any reason. */
  readonly closed: Promise<void>;
}

/** The port to WhatsApp. */
export abstract class WhatsappGateway {
  /** The version of WhatsApp Web that this release was made for. */
  abstract readonly pinnedWebVersion: WebVersion;
  /**
   * Fetches the newest version that WhatsApp serves. `signal` ends the call.
   * @throws when the version is not available
   */
  abstract fetchWebVersion(signal: AbortSignal): Promise<WebVersion>;
  /**
   * Starts an attempt. Resolves when the socket exists, without waiting for WhatsApp.
   * @throws AuthStateCorrupt when the credentials cannot be decoded; any other error means that the attempt could not
   * start
   */
  abstract open(request: AttemptRequest): Promise<Attempt>;
  /** Returns the linked number of stored credentials, without a connection. @throws AuthStateCorrupt */
  abstract inspect(credentials: Uint8Array): { readonly phone: string };
}
