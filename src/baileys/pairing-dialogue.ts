import { randomBytes } from 'node:crypto';
import {
  buildAckStanza,
  buildPairingQRData,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  S_WHATSAPP_NET,
} from '@whiskeysockets/baileys';
import type { BinaryNode, WABrowserDescription, WASocket } from '@whiskeysockets/baileys';
import type { KeyChange } from '../whatsapp/ports/auth-state.store.js';
import type { AcceptedDevice } from '../whatsapp/ports/whatsapp.gateway.js';
import { encodeCredentials, phoneOf } from './auth-state.codec.js';
import { AcceptanceFailed } from './baileys.errors.js';
import type { PairingAuthState } from './pairing.auth-state.js';
import { readPairingSuccess } from './pairing-success.js';

const PAIR_DEVICE = 'CB:iq,type:set,pair-device';
const PAIR_SUCCESS = 'CB:iq,,pair-success';
const NOTIFICATION = 'CB:notification';

/** The attempt, as its pairing sees it. */
export interface PairingHost {
  isOver(): boolean;
  showCodes(type: 'codes' | 'codesRedrawn', values: readonly string[]): void;
  /** Ends the attempt because of this error. */
  fail(error: unknown): void;
  accept(device: AcceptedDevice): Promise<void>;
  /** WhatsApp accepts the device: from now on a polite end waits for the end that WhatsApp makes. */
  pairs(): void;
}

/**
 * What is said between WhatsApp and a device that is not linked yet. Replaces Baileys' own listeners: Baileys would rotate
 * the codes by its own timer, never redraw them, not acknowledge anything, and answer pair-success before it is stored.
 */
export class PairingDialogue {
  #references: string[] = [];
  #succeeded = false;

  constructor(
    private readonly socket: WASocket,
    private readonly authState: PairingAuthState,
    private readonly preKeys: () => Promise<readonly KeyChange[]>,
    private readonly browser: WABrowserDescription,
    private readonly host: PairingHost,
  ) {}

  start(): void {
    const { ws } = this.socket;
    ws.removeAllListeners(PAIR_DEVICE);
    ws.removeAllListeners(PAIR_SUCCESS);
    ws.on(PAIR_DEVICE, (stanza: BinaryNode) => {
      this.#pairDevice(stanza);
    });
    ws.on(PAIR_SUCCESS, (stanza: BinaryNode) => {
      if (this.#succeeded || this.host.isOver()) return;
      this.#succeeded = true;
      this.host.pairs();
      this.#pairSuccess(stanza).catch((error: unknown) => {
        this.host.fail(error);
      });
    });
    ws.on(NOTIFICATION, (notification: BinaryNode) => {
      this.#notification(notification);
    });
  }

  #pairDevice(stanza: BinaryNode): void {
    if (this.host.isOver()) return;
    this.#send({
      tag: 'iq',
      attrs: {
        to: S_WHATSAPP_NET,
        type: 'result',
        ...(stanza.attrs['id'] ? { id: stanza.attrs['id'] } : {}),
      },
    });
    this.#references = getBinaryNodeChildren(getBinaryNodeChild(stanza, 'pair-device'), 'ref').flatMap(
      ({ content }) => (content instanceof Uint8Array ? [Buffer.from(content).toString()] : []),
    );
    this.host.showCodes('codes', this.#draw());
  }

  /**
   * rc14 acknowledges nothing before the device is linked. `companion_reg_refresh` retires the secret of the codes on the
   * screen: WhatsApp Web makes a new one and draws the same references again (Baileys#2765, from WAWebHandleCompanionReqRefreshNotification).
   */
  #notification(notification: BinaryNode): void {
    const { creds } = this.authState;
    if (this.host.isOver() || creds.me) return;
    const retired =
      notification.attrs['type'] === 'companion_reg_refresh' &&
      (getBinaryNodeChild(notification, 'companion_reg_refresh') ??
        getBinaryNodeChild(notification, 'pair-device-rotate-qr'));
    // pair-success is checked against the secret that was scanned; once it is here, nobody scans another code.
    if (retired && !this.#succeeded && !creds.pairingCode) {
      creds.advSecretKey = randomBytes(32).toString('base64');
      if (this.#references.length > 0) this.host.showCodes('codesRedrawn', this.#draw());
    }
    this.#send(buildAckStanza(notification));
  }

  async #pairSuccess(stanza: BinaryNode): Promise<void> {
    const { creds } = this.authState;
    this.socket.updateServerTimeOffset(stanza);
    const { update, reply } = readPairingSuccess(stanza, creds);
    const preKeys = await this.preKeys();
    // Pre-keys that exist already are uploaded by the first login, not made again.
    const numbers = { firstUnuploadedPreKeyId: 1, nextPreKeyId: preKeys.length + 1 };
    await this.#store({
      phone: phoneOf(update),
      credentials: encodeCredentials({ ...creds, ...update, ...numbers }),
      keys: [...this.authState.changes(), ...preKeys],
    });
    if (this.host.isOver()) return;
    this.socket.ev.emit('creds.update', update);
    this.socket.ev.emit('connection.update', { isNewLogin: true });
    await this.socket.sendNode(reply);
    await this.socket.sendUnifiedSession();
  }

  async #store(device: AcceptedDevice): Promise<void> {
    if (this.host.isOver()) return;
    try {
      await this.host.accept(device);
    } catch (cause) {
      throw new AcceptanceFailed('the device was not stored', { cause });
    }
  }

  #draw(): string[] {
    const { noiseKey, signedIdentityKey, advSecretKey } = this.authState.creds;
    const noise = Buffer.from(noiseKey.public).toString('base64');
    const identity = Buffer.from(signedIdentityKey.public).toString('base64');
    return this.#references.map((ref) =>
      buildPairingQRData(ref, noise, identity, advSecretKey, this.browser),
    );
  }

  /** A socket that is closing cannot send; its end is reported by itself. */
  #send(node: BinaryNode): void {
    this.socket.sendNode(node).catch(() => undefined);
  }
}
