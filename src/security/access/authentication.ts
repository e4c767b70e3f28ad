import type { PhoneNumber } from '../../whatsapp/domain/phone-number.js';
import type { Access } from './access.js';
import type { Identity } from './identity.js';

/** A successfully authenticated caller, with its permissions. */
export interface Authentication {
  readonly by: Identity;
  readonly access: Access;
  /** The only phone number that the caller may link; null: any. */
  readonly onlyPhone: PhoneNumber | null;
  /** Aborted when the credential is no longer accepted: it was revoked or has expired, or a key is required now. */
  readonly revoked: AbortSignal;
}
