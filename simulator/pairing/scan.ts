import type { PairingResult } from '../server/pairing-result.js';

export interface ScanRequest {
  /** The whole text that the QR code encodes. */
  qr: string;
  /** The phone number, digits only, with country code. An unknown number becomes a new account. */
  phone: string;
  /** Operating system of the phone. Default `android`. */
  platform?: string;
  /** Time limit for the device's signature. Default 15 s. */
  waitMs?: number;
}

export type ScanResult = PairingResult;
