import { configureSuccessfulPairing } from '@whiskeysockets/baileys';
import type { AuthenticationCreds, BinaryNode } from '@whiskeysockets/baileys';
import { PairingForged } from '../baileys.errors.js';

export interface PairingSuccess {
  /** What becomes of the credentials: `me`, `account`, `signalIdentities`, `platform`. */
  readonly update: Partial<AuthenticationCreds> & Required<Pick<AuthenticationCreds, 'me' | 'account'>>;
  /** `pair-device-sign`: with it WhatsApp has the device. */
  readonly reply: BinaryNode;
}

/**
 * Checks the HMAC over the code's secret and the account's signature, and signs in turn.
 * @throws PairingForged when either is wrong, or the identity is missing or cannot be decoded
 */
export function readPairingSuccess(stanza: BinaryNode, credentials: AuthenticationCreds): PairingSuccess {
  try {
    const { creds, reply } = configureSuccessfulPairing(stanza, credentials);
    if (!creds.me || !creds.account) throw new Error('pair-success without an account');
    return { update: { ...creds, me: creds.me, account: creds.account }, reply };
  } catch (cause) {
    throw new PairingForged('the device identity of pair-success does not hold', { cause });
  }
}
