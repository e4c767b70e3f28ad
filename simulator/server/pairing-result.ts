/** The reason why a phone did not link a companion. */
export type PairingRefusal =
  // of a scanned QR code
  | 'not_a_pairing_code'
  | 'unknown_reference'
  | 'reused_reference'
  | 'expired_reference'
  | 'key_mismatch'
  | 'retired_code'
  // of a typed phone code
  | 'not_a_code'
  | 'no_code_pending'
  | 'withdrawn_code'
  | 'used_code'
  | 'expired_code'
  | 'phone_busy'
  | 'bad_companion_finish'
  | 'wrong_code'
  | 'bundle_mismatch'
  // of both
  | 'companion_gone'
  | 'refused_on_phone'
  | 'too_many_devices'
  | 'passkey_required'
  | 'bad_device_signature'
  | 'declined_by_companion'
  | 'no_answer';

export type PairingResult =
  { paired: true; deviceJid: string; lid: string } | { paired: false; reason: PairingRefusal };

/** Thrown when a pairing is refused; carries the reason. */
export class PairingRefused extends Error {
  override readonly name = 'PairingRefused';

  constructor(readonly reason: PairingRefusal) {
    super(reason);
  }
}
