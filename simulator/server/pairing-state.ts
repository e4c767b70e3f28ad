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

/** A connection that registers: its references, its secrets and how far its pairing is. */
export class PairingState {
  references: string[] = [];
  /** When the last of the references is good no more, on the monotonic clock. */
  expiresAtMs = 0;
  pending: PendingPairing | undefined;
  /** The code that it shows for typing, or showed last, and the number for which it is good. */
  shownCode: { readonly phone: string; readonly isValid: boolean } | undefined;
  /** Ids of the retirement notices that the client has not acknowledged yet. */
  readonly unacknowledged = new Set<string>();
  private readonly presentedSecrets = new Set<string>();
  private readonly retiredSecrets = new Set<string>();
  private retiredUnknownSecret = false;

  constructor(readonly registration: Registration) {}

  recordSecret(advSecret: Buffer): void {
    this.presentedSecrets.add(digest(advSecret));
  }

  /**
   * Retires the code on the screen. Its secret is the one that the caller gives, else one that a phone has presented and
   * that still was good. Where nobody knows it, every code is refused until the client acknowledges: before that, what
   * it shows can only be the old one.
   */
  retire(onScreen: Buffer | undefined): void {
    if (onScreen) this.recordSecret(onScreen);
    if (!onScreen && [...this.presentedSecrets].every((secret) => this.retiredSecrets.has(secret)))
      this.retiredUnknownSecret = true;
    for (const secret of this.presentedSecrets) this.retiredSecrets.add(secret);
  }

  /** @returns whether a retirement was waiting for it */
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
