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

/** What the person does on the phone to link the device, as far as WhatsApp and we have to agree on it. */
export interface LinkingMethod {
  /** WhatsApp has given references: from now on the device can be linked. */
  onReferences(references: readonly string[]): void;
  /** A notification that came before any device was accepted. The caller acknowledges it. */
  onNotification(notification: BinaryNode): void;
  /** WhatsApp has accepted the device: nothing of the step counts any more. */
  onAccepted?(): void;
}

/** The attempt, as its pairing sees it. */
export interface PairingAttempt {
  isOver(): boolean;
  emit(event: Extract<AttemptEvent, { readonly values: unknown }>): void;
  /** Ends the attempt because of this error. */
  fail(error: unknown): void;
  /** Ends the attempt when what was sent has left. @param error what is reported of it; null: nothing is */
  closeAfterSending(error: Error | null): void;
  accept(device: AcceptedDevice): Promise<void>;
  /** WhatsApp accepts the device: from now on a polite end waits for the end that WhatsApp makes. */
  expectServerClose(): void;
}

/**
 * What is said between WhatsApp and a device that is not linked yet, whatever the person does for it. Replaces Baileys' own
 * listeners: Baileys would rotate the codes by its own timer, never redraw them, not acknowledge anything, answer any
 * notification of a phone code, and answer pair-success before it is stored.
 */
export class PairingHandshake {
  private baileysListeners: BaileysListener[] = [];
  private accepted = false;

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
      if (this.accepted || this.attempt.isOver()) return;
      this.accepted = true;
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

  /** Until the device is linked nobody else acknowledges: Baileys cannot without `creds.me`. */
  private handleNotification(notification: BinaryNode): void {
    if (this.attempt.isOver() || this.authState.creds.me) return;
    if (!this.accepted) this.method.onNotification(notification);
    this.send(buildAckStanza(notification));
    if (!this.accepted && notification.attrs['type'] === 'passkey_prologue_request') this.requirePasskey();
  }

  /**
   * Before WhatsApp links some accounts it wants an assertion by their passkey (WebAuthn, for whatsapp.com), after the scan as
   * after a code (Baileys#2672, whatsmeow#1185). Here the exchange would go on: the request's `passkey_request_options` as another
   * step that the person is shown, the assertion back as `passkey_prologue`, and the phone's `crsc_continuation` after it.
   */
  private requirePasskey(): void {
    this.attempt.closeAfterSending(new PasskeyRequired());
  }

  private async handlePairSuccess(stanza: BinaryNode): Promise<void> {
    const { creds } = this.authState;
    this.socket.updateServerTimeOffset(stanza);
    const { update, reply } = readPairingSuccess(stanza, creds);
    const preKeys = await this.preKeys();
    // Pre-keys that exist already are uploaded by the first login, not made again.
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

  /** As whatsmeow says no to a device (`sendPairError`): WhatsApp forgets it, the phone shows none. */
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

  /** A socket that is closing cannot send; its end is reported by itself. */
  private send(node: BinaryNode): void {
    this.socket.sendNode(node).catch(() => undefined);
  }
}

interface PairingSuccess {
  /** What becomes of the credentials: `me`, `account`, `signalIdentities`, `platform`. */
  readonly update: Partial<AuthenticationCreds> & Required<Pick<AuthenticationCreds, 'me' | 'account'>>;
  /** `pair-device-sign`: with it WhatsApp has the device. */
  readonly reply: BinaryNode;
}

/**
 * Checks the HMAC over the code's secret and the account's signature, and signs in turn.
 * @throws PairingForged when either is wrong, or the identity is missing or cannot be decoded
 */
function readPairingSuccess(stanza: BinaryNode, credentials: AuthenticationCreds): PairingSuccess {
  try {
    const { creds, reply } = configureSuccessfulPairing(stanza, credentials);
    if (!creds.me || !creds.account) throw new Error('pair-success without an account');
    return { update: { ...creds, me: creds.me, account: creds.account }, reply };
  } catch (cause) {
    throw new PairingForged('the device identity of pair-success does not hold', { cause });
  }
}
