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
