import type { PhoneNumber } from '../../whatsapp/domain/phone-number.js';
import type { Access } from './access.js';
import type { Identity } from './identity.js';

/** Who has been let in, and with what. */
export interface Authentication {
  readonly by: Identity;
  readonly access: Access;
  /** The only phone that they may link; null: any. */
  readonly onlyPhone: PhoneNumber | null;
  /** Aborted when what they were let in with holds no longer: revoked, expired, or not enough any more. */
  readonly revoked: AbortSignal;
}
