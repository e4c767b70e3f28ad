import type { AccountId } from './account-id.js';
import type { AccountState } from './account-status.js';
import type { Failure } from './failure.js';
import type { PairingStep } from './pairing-step.js';

/** What a client needs to draw a pairing. */
export interface PairingView {
  readonly accountId: AccountId;
  readonly status: AccountState;
  readonly startedAt: Date | null;
  readonly expiresAt: Date | null;
  /** Whatever the person has to do now. */
  readonly step: PairingStep | null;
  /** The step, while it is a QR code. */
  readonly qr: Omit<PairingStep, 'type'> | null;
  /** The step's value, while it is a code to type. */
  readonly pairingCode: string | null;
  readonly error: Failure | null;
}

/** The same for those who may not link the account: that something is to be done, and until when, but not what does it. */
export interface CodelessPairingView extends Omit<PairingView, 'step' | 'qr' | 'pairingCode'> {
  readonly step: (Omit<PairingStep, 'value'> & { readonly value: null }) | null;
  readonly qr: null;
  readonly pairingCode: null;
}

export function withoutCodes(view: PairingView): CodelessPairingView {
  return { ...view, step: view.step && { ...view.step, value: null }, qr: null, pairingCode: null };
}
