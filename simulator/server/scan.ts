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

export type ScanRefusal =
  | 'not_a_pairing_code'
  | 'unknown_reference'
  | 'reused_reference'
  | 'expired_reference'
  | 'companion_gone'
  | 'key_mismatch'
  | 'retired_code'
  | 'refused_on_phone'
  | 'too_many_devices'
  | 'bad_device_signature'
  | 'declined_by_companion'
  | 'no_answer';

export type ScanResult =
  { paired: true; deviceJid: string; lid: string } | { paired: false; reason: ScanRefusal };
