import { randomBytes } from 'node:crypto';
import {
  buildPairingQRData,
  getBinaryNodeChild,
  type AuthenticationCreds,
  type BinaryNode,
  type WABrowserDescription,
} from '@whiskeysockets/baileys';
import type { LinkingMethod, PairingAttempt } from './pairing-handshake.js';

/** Linking by a QR code that the user scans. The code contains all data that the phone needs. */
export class QrLinking implements LinkingMethod {
  private references: readonly string[] = [];

  constructor(
    private readonly credentials: AuthenticationCreds,
    private readonly browser: WABrowserDescription,
    private readonly attempt: PairingAttempt,
  ) {}

  onReferences(references: readonly string[]): void {
    this.references = references;
    this.attempt.emit({ type: 'codes', step: 'qr', values: this.draw() });
  }

  /**
   * `companion_reg_refresh` retires the secret of the codes on the screen. WhatsApp Web makes a new secret and draws
   * the same references again (Baileys#2765, from WAWebHandleCompanionReqRefreshNotification).
   */
  onNotification(notification: BinaryNode): void {
    const retired =
      notification.attrs['type'] === 'companion_reg_refresh' &&
      (getBinaryNodeChild(notification, 'companion_reg_refresh') ??
        getBinaryNodeChild(notification, 'pair-device-rotate-qr'));
    if (!retired) return;
    this.credentials.advSecretKey = randomBytes(32).toString('base64');
    if (this.references.length > 0) this.attempt.emit({ type: 'codesRedrawn', values: this.draw() });
  }

  private draw(): string[] {
    const { noiseKey, signedIdentityKey, advSecretKey } = this.credentials;
    const noise = Buffer.from(noiseKey.public).toString('base64');
    const identity = Buffer.from(signedIdentityKey.public).toString('base64');
    return this.references.map((ref) => buildPairingQRData(ref, noise, identity, advSecretKey, this.browser));
  }
}
