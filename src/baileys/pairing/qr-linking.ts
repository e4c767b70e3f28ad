import { randomBytes } from 'node:crypto';
import { buildPairingQRData, getBinaryNodeChild } from '@whiskeysockets/baileys';
import type { AuthenticationCreds, BinaryNode, WABrowserDescription } from '@whiskeysockets/baileys';
import type { PairingHost } from './pairing-handshake.js';
import type { LinkingMethod } from './linking-method.js';

/** The person scans a QR code, in which the phone finds everything. */
export class QrLinking implements LinkingMethod {
  #references: readonly string[] = [];

  constructor(
    private readonly credentials: AuthenticationCreds,
    private readonly browser: WABrowserDescription,
    private readonly host: PairingHost,
  ) {}

  offered(references: readonly string[]): void {
    this.#references = references;
    this.host.show({ type: 'codes', step: 'qr', values: this.draw() });
  }

  /**
   * `companion_reg_refresh` retires the secret of the codes on the screen: WhatsApp Web makes a new one and draws the same
   * references again (Baileys#2765, from WAWebHandleCompanionReqRefreshNotification).
   */
  notified(notification: BinaryNode): void {
    const retired =
      notification.attrs['type'] === 'companion_reg_refresh' &&
      (getBinaryNodeChild(notification, 'companion_reg_refresh') ??
        getBinaryNodeChild(notification, 'pair-device-rotate-qr'));
    if (!retired) return;
    this.credentials.advSecretKey = randomBytes(32).toString('base64');
    if (this.#references.length > 0) this.host.show({ type: 'codesRedrawn', values: this.draw() });
  }

  done(): void {
    // The dialogue hands on nothing any more, and nothing goes on here by itself.
  }

  private draw(): string[] {
    const { noiseKey, signedIdentityKey, advSecretKey } = this.credentials;
    const noise = Buffer.from(noiseKey.public).toString('base64');
    const identity = Buffer.from(signedIdentityKey.public).toString('base64');
    return this.#references.map((ref) =>
      buildPairingQRData(ref, noise, identity, advSecretKey, this.browser),
    );
  }
}
