import type { AccountState } from './account.js';
import type { AccountId } from './account-id.js';
import type { Failure } from './failure.js';
import type { PhoneNumber } from './phone-number.js';

/** The caller behind a pairing. */
interface PairingOrigin {
  /** Opaque id of the caller that starts the pairing. The core only keeps it for the time of the pairing. */
  readonly startedBy?: string | null;
}

/** By a QR code. `expected`: the only number that may be linked; null: any number. */
interface PairingByQr extends PairingOrigin {
  readonly by: 'qr';
  readonly expected: PhoneNumber | null;
}

/** By a code that the user types on the phone of this number. */
interface PairingByCode extends PairingOrigin {
  readonly by: 'code';
  readonly expected: PhoneNumber;
}

/** The way in which an account is linked. */
export type PairingRequest = PairingByQr | PairingByCode;

export const BY_QR: PairingRequest = { by: 'qr', expected: null };

/**
 * The steps of a pairing: the user scans a QR code, or types a code on the phone. Clients must ignore unknown types.
 */
export const STEP_TYPES = ['qr', 'code'] as const;
export type StepType = (typeof STEP_TYPES)[number];

/** The user's next action. Its value is a secret: the phone that uses it is linked to the account. */
export interface PairingStep {
  readonly type: StepType;
  /** The text of the QR code, or the code to type as it is shown: `ABCD-EFGH`. */
  readonly value: string;
  /** Increases with every step of a session, across all its attempts. */
  readonly sequence: number;
  /** The number of values of this socket, shown one after another: the references of a QR code, or one phone code. */
  readonly of: number;
  readonly expiresAt: Date;
}

/** Everything that a client needs to show a pairing. */
export interface PairingView {
  readonly accountId: AccountId;
  readonly status: AccountState;
  readonly startedAt: Date | null;
  readonly expiresAt: Date | null;
  /** The user's next action; null while there is none. */
  readonly step: PairingStep | null;
  /** The step, when it is a QR code. */
  readonly qr: Omit<PairingStep, 'type'> | null;
  /** The step's value, when it is a phone code. */
  readonly pairingCode: string | null;
  readonly error: Failure | null;
}

/** The view for callers that may not see codes: type and expiry of the step without its value. */
interface CodelessPairingView extends Omit<PairingView, 'step' | 'qr' | 'pairingCode'> {
  readonly step: (Omit<PairingStep, 'value'> & { readonly value: null }) | null;
  readonly qr: null;
  readonly pairingCode: null;
}

export function withoutCodes(view: PairingView): CodelessPairingView {
  return { ...view, step: view.step && { ...view.step, value: null }, qr: null, pairingCode: null };
}
