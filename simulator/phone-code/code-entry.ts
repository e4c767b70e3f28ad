import type { PairingResult } from '../server/pairing-result.js';

export interface TypeCodeRequest {
  /** Digits; the phone into which the code is typed. */
  phone: string;
  /** Eight letters and digits, with or without the dash, in capitals or not. */
  code: string;
  /** What the phone runs; default `android`. */
  platform?: string;
  /** How long to wait for the companion, its signature included; default 15 s. */
  waitMs?: number;
}

export type TypeCodeResult = PairingResult;
