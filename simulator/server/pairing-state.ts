import { createHash } from 'node:crypto';
import type { Registration } from '../device-keys/registration-payload.js';
import type { SignedIdentity } from '../phone/phone.js';
import type { Account, Device } from './account.js';
import type { PairingRefusal } from './pairing-result.js';

export type PairingOutcome = { device: Device } | { refused: PairingRefusal };

/** A pair-success that waits for the device's signature. */
export interface OpenPairing {
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
  open: OpenPairing | undefined;
  /** The code that it shows for typing, or showed last, and the number for which it is good. */
  shownCode: { readonly phone: string; readonly good: boolean } | undefined;
  /** Ids of the retirement notices that the client has not acknowledged yet. */
  readonly unacknowledged = new Set<string>();
  private readonly seen = new Set<string>();
  private readonly retired = new Set<string>();
  private retiredUnseen = false;

  constructor(readonly registration: Registration) {}

  see(advSecret: Buffer): void {
    this.seen.add(digest(advSecret));
  }

  /**
   * Retires the code on the screen. Its secret is the one that the caller gives, else one that a phone has presented and
   * that still was good. Where nobody knows it, every code is refused until the client acknowledges: before that, what
   * it shows can only be the old one.
   */
  retire(onScreen: Buffer | undefined): void {
    if (onScreen) this.see(onScreen);
    if (!onScreen && [...this.seen].every((secret) => this.retired.has(secret))) this.retiredUnseen = true;
    for (const secret of this.seen) this.retired.add(secret);
  }

  /** @returns whether a retirement was waiting for it */
  acknowledge(noticeId: string): boolean {
    if (!this.unacknowledged.delete(noticeId)) return false;
    if (this.unacknowledged.size === 0) this.retiredUnseen = false;
    return true;
  }

  isRetired(advSecret: Buffer): boolean {
    return this.retiredUnseen || this.retired.has(digest(advSecret));
  }
}

function digest(advSecret: Buffer): string {
  return createHash('sha256').update(advSecret).digest('hex');
}
