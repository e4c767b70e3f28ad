import type { AccountState } from './account.js';
import type { AccountId } from './account-id.js';
import type { Failure } from './failure.js';
import type { PhoneNumber } from './phone-number.js';

/** How an account is to be linked. */
export type PairingRequest =
  /** By a QR code. `expected`: the only number that may be linked; null: any. */
  | { readonly by: 'qr'; readonly expected: PhoneNumber | null }
  /** By a code that the user types on the phone of this number. */
  | { readonly by: 'code'; readonly expected: PhoneNumber };

export const BY_QR: PairingRequest = { by: 'qr', expected: null };

/** What a person can be asked to do: scan a QR code, or type a code on the phone. Clients must accept new ones. */
export const STEP_TYPES = ['qr', 'code'] as const;
export type StepType = (typeof STEP_TYPES)[number];

/** What the person has to do now. A secret: whoever does it owns the link. */
export interface PairingStep {
  readonly type: StepType;
  /** The text of the QR code, or the code to type as it is shown: `ABCD-EFGH`. */
  readonly value: string;
  /** Grows with every step of a session, over all its attempts. */
  readonly sequence: number;
  /** How many there are of it on this socket, one after another: the references of a QR code, one phone code. */
  readonly of: number;
  readonly expiresAt: Date;
}

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
