import type { PairingResult } from '../server/pairing-result.js';

export interface TypeCodeRequest {
  /** Number of the phone into which the code is typed, digits only. */
  phone: string;
  /** Eight letters and digits, with or without the dash, in upper or lower case. */
  code: string;
  /** Operating system of the phone. Default `android`. */
  platform?: string;
  /** Time limit for the companion, up to its signature. Default 15 s. */
  waitMs?: number;
}

export type TypeCodeResult = PairingResult;
