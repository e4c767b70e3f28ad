import type { PairingResult } from '../server/pairing-result.js';

export interface ScanRequest {
  /** The whole string that the code on the screen encodes. */
  qr: string;
  /** Digits, as WhatsApp writes numbers; an unknown number becomes an account. */
  phone: string;
  /** What the phone runs; default `android`. */
  platform?: string;
  /** How long to wait for the device's signature; default 15 s. */
  waitMs?: number;
}

export type ScanResult = PairingResult;
