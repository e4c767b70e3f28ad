import { createHash } from 'node:crypto';
import type { Registration } from '../device-keys/registration-payload.js';
import type { SignedIdentity } from '../phone/phone.js';
import type { Account, Device } from './account.js';
import type { PairingRefusal } from './pairing-result.js';

export type PairingOutcome = { device: Device } | { refused: PairingRefusal };

/** A pair-success that waits for the device's signature. */
export interface PendingPairing {
  readonly stanzaId: string;
  readonly identity: SignedIdentity;
  readonly account: Account;
  readonly deviceNumber: number;
  readonly platform: string;
  settle(outcome: PairingOutcome): void;
}

/** The pairing state of a registration: its references, its secrets and its progress. */
export class PairingState {
  references: string[] = [];
  /** End of validity of the last reference, on the monotonic clock. */
  expiresAtMs = 0;
  pending: PendingPairing | undefined;
  /** The latest phone code of this connection, and its number. */
  shownCode: { readonly phone: string; readonly isValid: boolean } | undefined;
  /** Ids of the retirement notifications that the client has not acknowledged yet. */
  readonly unacknowledged = new Set<string>();
  private readonly presentedSecrets = new Set<string>();
  private readonly retiredSecrets = new Set<string>();
  private retiredUnknownSecret = false;

  constructor(readonly registration: Registration) {}

  recordSecret(advSecret: Buffer): void {
    this.presentedSecrets.add(digest(advSecret));
  }

  /**
   * Retires the QR code on the screen. Its secret is the given one, or else one that a phone has presented and that was
   * not retired yet. When neither is known, every code is refused until the client acknowledges: before that, the
   * client can only show the old code.
   */
  retire(onScreen: Buffer | undefined): void {
    if (onScreen) this.recordSecret(onScreen);
    if (!onScreen && [...this.presentedSecrets].every((secret) => this.retiredSecrets.has(secret)))
      this.retiredUnknownSecret = true;
    for (const secret of this.presentedSecrets) this.retiredSecrets.add(secret);
  }

  /** @returns whether a retirement was waiting for this acknowledgement */
  acknowledge(noticeId: string): boolean {
    if (!this.unacknowledged.delete(noticeId)) return false;
    if (this.unacknowledged.size === 0) this.retiredUnknownSecret = false;
    return true;
  }

  isRetired(advSecret: Buffer): boolean {
    return this.retiredUnknownSecret || this.retiredSecrets.has(digest(advSecret));
  }
}

function digest(advSecret: Buffer): string {
  return createHash('sha256').update(advSecret).digest('hex');
}
