import {
  buildAckStanza,
  configureSuccessfulPairing,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  S_WHATSAPP_NET,
  type AuthenticationCreds,
  type BinaryNode,
  type WASocket,
} from '@whiskeysockets/baileys';
import { DeviceRefused } from '../../whatsapp/domain/errors.js';
import type { KeyChange } from '../../whatsapp/ports/auth-state.store.js';
import type { AcceptedDevice, AttemptEvent } from '../../whatsapp/ports/whatsapp.gateway.js';
import { encodeCredentials, phoneOf } from '../auth-state/auth-state.codec.js';
import { AcceptanceFailed, PairingForged, PasskeyRequired } from '../baileys.errors.js';
import type { PairingAuthState } from '../auth-state/pairing-auth-state.js';

const PAIR_DEVICE = 'CB:iq,type:set,pair-device';
const PAIR_SUCCESS = 'CB:iq,,pair-success';
const NOTIFICATION = 'CB:notification';

type BaileysListener = (stanza: BinaryNode) => unknown;

/** The part of the protocol that depends on how the user links the device: by QR code or by phone code. */
export interface LinkingMethod {
  /** Called when WhatsApp sent references. From now on the device can be linked. */
  onReferences(references: readonly string[]): void;
  /** Called for a notification that arrives before a device is accepted. The caller acknowledges it. */
  onNotification(notification: BinaryNode): void;
  /** Called when WhatsApp accepted the device. From now on the method must do nothing. */
  onAccepted?(): void;
}

/** The part of an attempt that its pairing uses. */
export interface PairingAttempt {
  isOver(): boolean;
  emit(event: Extract<AttemptEvent, { readonly values: unknown }>): void;
  /** Ends the attempt because of this error. */
  fail(error: unknown): void;
  /**
   * Ends the attempt once the data written so far has left. @param error the reported reason; null: no event follows
   */
  closeAfterSending(error: Error | null): void;
  /** Stores the accepted device. @throws DeviceRefused when the device is not wanted */
  accept(device: AcceptedDevice): Promise<void>;
  /**
   * Announces that WhatsApp accepts the device, and will close the connection after our reply. `close()` then waits
   * for that.
   */
  expectServerClose(): void;
}

/**
 * The handshake between WhatsApp and a device that is not linked yet, with either linking method.
 * Replaces Baileys' own listeners. Baileys would rotate the codes by its own timer and never redraw them. It would
 * acknowledge nothing, answer any phone code notification, and answer pair-success before the device is stored.
 */
export class PairingHandshake {
  private baileysListeners: BaileysListener[] = [];
  private pairSuccessReceived = false;

  constructor(
    private readonly socket: WASocket,
    private readonly authState: PairingAuthState,
    private readonly preKeys: () => Promise<readonly KeyChange[]>,
    private readonly method: LinkingMethod,
    private readonly attempt: PairingAttempt,
  ) {}

  start(): void {
    const { ws } = this.socket;
    this.baileysListeners = ws.listeners(NOTIFICATION) as BaileysListener[];
    for (const event of [PAIR_DEVICE, PAIR_SUCCESS, NOTIFICATION]) ws.removeAllListeners(event);
    ws.on(PAIR_DEVICE, (stanza: BinaryNode) => {
      this.handlePairDevice(stanza);
    });
    ws.on(PAIR_SUCCESS, (stanza: BinaryNode) => {
      if (this.pairSuccessReceived || this.attempt.isOver()) return;
      this.pairSuccessReceived = true;
      this.method.onAccepted?.();
      this.attempt.expectServerClose();
      this.handlePairSuccess(stanza).catch((error: unknown) => {
        if (error instanceof DeviceRefused) this.rejectDevice(stanza);
        else this.attempt.fail(error);
      });
    });
    ws.on(NOTIFICATION, (notification: BinaryNode) => {
      this.handleNotification(notification);
    });
  }

  private handlePairDevice(stanza: BinaryNode): void {
    if (this.attempt.isOver()) return;
    this.answer(stanza, { type: 'result' });
    const references = getBinaryNodeChildren(getBinaryNodeChild(stanza, 'pair-device'), 'ref');
    this.method.onReferences(
      references.flatMap(({ content }) =>
        content instanceof Uint8Array ? [Buffer.from(content).toString()] : [],
      ),
    );
  }

  /** Acknowledges notifications until the device is linked. Baileys cannot do it without `creds.me`. */
  private handleNotification(notification: BinaryNode): void {
    if (this.attempt.isOver() || this.authState.creds.me) return;
    if (!this.pairSuccessReceived) this.method.onNotification(notification);
    this.send(buildAckStanza(notification));
    if (!this.pairSuccessReceived && notification.attrs['type'] === 'passkey_prologue_request')
      this.requirePasskey();
  }

  /**
   * For some accounts WhatsApp requires an assertion by the account's passkey (WebAuthn, for whatsapp.com), after a
   * scan and after a phone code (Baileys#2672, whatsmeow#1185).
   * The exchange would continue here: show the request's `passkey_request_options` to the user as another step, send
   * the assertion as `passkey_prologue`, and handle the phone's `crsc_continuation`.
   */
  private requirePasskey(): void {
    this.attempt.closeAfterSending(new PasskeyRequired());
  }

  private async handlePairSuccess(stanza: BinaryNode): Promise<void> {
    const { creds } = this.authState;
    this.socket.updateServerTimeOffset(stanza);
    const { update, reply } = readPairingSuccess(stanza, creds);
    const preKeys = await this.preKeys();
    // The first login uploads pre-keys that already exist, and makes no new ones.
    const numbers = { firstUnuploadedPreKeyId: 1, nextPreKeyId: preKeys.length + 1 };
    await this.store({
      phone: phoneOf(update),
      credentials: encodeCredentials({ ...creds, ...update, ...numbers }),
      keys: [...this.authState.changes(), ...preKeys],
    });
    if (this.attempt.isOver()) return;
    for (const listener of this.baileysListeners) this.socket.ws.on(NOTIFICATION, listener);
    this.socket.ev.emit('creds.update', update);
    this.socket.ev.emit('connection.update', { isNewLogin: true });
    await this.socket.sendNode(reply);
    await this.socket.sendUnifiedSession();
  }

  private async store(device: AcceptedDevice): Promise<void> {
    if (this.attempt.isOver()) return;
    try {
      await this.attempt.accept(device);
    } catch (cause) {
      if (cause instanceof DeviceRefused) throw cause;
      throw new AcceptanceFailed('the device was not stored', { cause });
    }
  }

  /** Declines the device as whatsmeow does (`sendPairError`): WhatsApp drops it, and the phone shows no device. */
  private rejectDevice(stanza: BinaryNode): void {
    if (this.attempt.isOver()) return;
    this.answer(stanza, { type: 'error' }, [
      { tag: 'error', attrs: { code: '500', text: 'internal-error' } },
    ]);
    this.attempt.closeAfterSending(null);
  }

  private answer({ attrs: { id } }: BinaryNode, attrs: BinaryNode['attrs'], content?: BinaryNode[]): void {
    this.send({
      tag: 'iq',
      attrs: { to: S_WHATSAPP_NET, ...attrs, ...(id && { id }) },
      ...(content && { content }),
    });
  }

  /** Errors are ignored: a socket that is closing cannot send, and its end is reported separately. */
  private send(node: BinaryNode): void {
    this.socket.sendNode(node).catch(() => undefined);
  }
}

interface PairingSuccess {
  /** The changed credentials: `me`, `account`, `signalIdentities`, `platform`. */
  readonly update: Partial<AuthenticationCreds> & Required<Pick<AuthenticationCreds, 'me' | 'account'>>;
  /** `pair-device-sign`. With this reply WhatsApp registers the device. */
  readonly reply: BinaryNode;
}

/**
 * Checks the HMAC with the code's secret and the account's signature, and returns the reply with our own signature.
 * @throws PairingForged when either is wrong, or when the identity is missing or cannot be decoded
 */
function readPairingSuccess(stanza: BinaryNode, credentials: AuthenticationCreds): PairingSuccess {
  try {
    const { creds, reply } = configureSuccessfulPairing(stanza, credentials);
    if (!creds.me || !creds.account) throw new Error('pair-success has no account');
    return { update: { ...creds, me: creds.me, account: creds.account }, reply };
  } catch (cause) {
    throw new PairingForged('the device identity in pair-success is not valid', { cause });
  }
}
