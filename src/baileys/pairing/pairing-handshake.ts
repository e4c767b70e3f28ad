import {
  buildAckStanza,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  S_WHATSAPP_NET,
} from '@whiskeysockets/baileys';
import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import { DeviceRefused } from '../../whatsapp/domain/errors.js';
import type { KeyChange } from '../../whatsapp/ports/auth-state.store.js';
import type { AcceptedDevice, AttemptEvent } from '../../whatsapp/ports/whatsapp.gateway.js';
import { encodeCredentials, phoneOf } from '../auth-state/auth-state.codec.js';
import { AcceptanceFailed, PasskeyRequired } from '../baileys.errors.js';
import type { PairingAuthState } from '../auth-state/pairing-auth-state.js';
import { readPairingSuccess } from './pairing-success.js';
import type { LinkingMethod } from './linking-method.js';

const PAIR_DEVICE = 'CB:iq,type:set,pair-device';
const PAIR_SUCCESS = 'CB:iq,,pair-success';
const NOTIFICATION = 'CB:notification';

type BaileysListener = (stanza: BinaryNode) => unknown;

/** The attempt, as its pairing sees it. */
export interface PairingHost {
  isOver(): boolean;
  show(event: Extract<AttemptEvent, { readonly values: unknown }>): void;
  /** Ends the attempt because of this error. */
  fail(error: unknown): void;
  /** Ends the attempt when what was sent has left. @param error what is reported of it; null: nothing is */
  releaseSlot(error: Error | null): void;
  accept(device: AcceptedDevice): Promise<void>;
  /** WhatsApp accepts the device: from now on a polite end waits for the end that WhatsApp makes. */
  pairs(): void;
}

/**
 * What is said between WhatsApp and a device that is not linked yet, whatever the person does for it. Replaces Baileys' own
 * listeners: Baileys would rotate the codes by its own timer, never redraw them, not acknowledge anything, answer any
 * notification of a phone code, and answer pair-success before it is stored.
 */
export class PairingHandshake {
  private ofBaileys: BaileysListener[] = [];
  private succeeded = false;

  constructor(
    private readonly socket: WASocket,
    private readonly authState: PairingAuthState,
    private readonly preKeys: () => Promise<readonly KeyChange[]>,
    private readonly method: LinkingMethod,
    private readonly host: PairingHost,
  ) {}

  start(): void {
    const { ws } = this.socket;
    this.ofBaileys = ws.listeners(NOTIFICATION) as BaileysListener[];
    for (const event of [PAIR_DEVICE, PAIR_SUCCESS, NOTIFICATION]) ws.removeAllListeners(event);
    ws.on(PAIR_DEVICE, (stanza: BinaryNode) => {
      this.pairDevice(stanza);
    });
    ws.on(PAIR_SUCCESS, (stanza: BinaryNode) => {
      if (this.succeeded || this.host.isOver()) return;
      this.succeeded = true;
      this.method.done();
      this.host.pairs();
      this.pairSuccess(stanza).catch((error: unknown) => {
        if (error instanceof DeviceRefused) this.refuse(stanza);
        else this.host.fail(error);
      });
    });
    ws.on(NOTIFICATION, (notification: BinaryNode) => {
      this.notification(notification);
    });
  }

  private pairDevice(stanza: BinaryNode): void {
    if (this.host.isOver()) return;
    this.answer(stanza, { type: 'result' });
    const references = getBinaryNodeChildren(getBinaryNodeChild(stanza, 'pair-device'), 'ref');
    this.method.offered(
      references.flatMap(({ content }) =>
        content instanceof Uint8Array ? [Buffer.from(content).toString()] : [],
      ),
    );
  }

  /** Until the device is linked nobody else acknowledges: Baileys cannot without `creds.me`. */
  private notification(notification: BinaryNode): void {
    if (this.host.isOver() || this.authState.creds.me) return;
    if (!this.succeeded) this.method.notified(notification);
    this.send(buildAckStanza(notification));
    if (!this.succeeded && notification.attrs['type'] === 'passkey_prologue_request') this.passkey();
  }

  /**
   * Before WhatsApp links some accounts it wants an assertion by their passkey (WebAuthn, for whatsapp.com), after the scan as
   * after a code (Baileys#2672, whatsmeow#1185). Here the exchange would go on: the request's `passkey_request_options` as another
   * step that the person is shown, the assertion back as `passkey_prologue`, and the phone's `crsc_continuation` after it.
   */
  private passkey(): void {
    this.host.releaseSlot(new PasskeyRequired());
  }

  private async pairSuccess(stanza: BinaryNode): Promise<void> {
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
    if (this.host.isOver()) return;
    for (const listener of this.ofBaileys) this.socket.ws.on(NOTIFICATION, listener);
    this.socket.ev.emit('creds.update', update);
    this.socket.ev.emit('connection.update', { isNewLogin: true });
    await this.socket.sendNode(reply);
    await this.socket.sendUnifiedSession();
  }

  private async store(device: AcceptedDevice): Promise<void> {
    if (this.host.isOver()) return;
    try {
      await this.host.accept(device);
    } catch (cause) {
      if (cause instanceof DeviceRefused) throw cause;
      throw new AcceptanceFailed('the device was not stored', { cause });
    }
  }

  /** As whatsmeow says no to a device (`sendPairError`): WhatsApp forgets it, the phone shows none. */
  private refuse(stanza: BinaryNode): void {
    if (this.host.isOver()) return;
    this.answer(stanza, { type: 'error' }, [
      { tag: 'error', attrs: { code: '500', text: 'internal-error' } },
    ]);
    this.host.releaseSlot(null);
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
