import type { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { verifyXeddsa } from '../crypto/xeddsa.js';
import type { SignedPreKey } from './pre-key-store.js';

/** The keys that a new device sends when it registers. */
export interface Registration {
  registrationId: number;
  identityKey: Buffer;
  signedPreKey: SignedPreKey;
}

/** libsignal's type byte of a Curve25519 key. */
export const KEY_TYPE = 5;

/** Returns undefined when the payload is incomplete, or its identity key did not sign its signed pre-key. */
export function readRegistration(
  pairing: proto.ClientPayload.IDevicePairingRegistrationData,
): Registration | undefined {
  const { eRegid, eKeytype, eIdent, eSkeyId, eSkeyVal, eSkeySig } = pairing;
  if (!eRegid || !eIdent || !eSkeyId || !eSkeyVal || !eSkeySig) return undefined;
  if (eRegid.length !== 4 || eSkeyId.length !== 3 || eKeytype?.[0] !== KEY_TYPE) return undefined;
  if (!isSignedPreKeyValid(eIdent, eSkeyVal, eSkeySig)) return undefined;
  return {
    registrationId: Buffer.from(eRegid).readUInt32BE(0),
    identityKey: Buffer.from(eIdent),
    signedPreKey: {
      id: Buffer.from(eSkeyId).readUIntBE(0, 3),
      publicKey: Buffer.from(eSkeyVal),
      signature: Buffer.from(eSkeySig),
    },
  };
}

export function isSignedPreKeyValid(
  identityKey: Uint8Array,
  key: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verifyXeddsa(identityKey, typedKey(key), signature);
}

/** Returns the signed bytes of a pre-key: libsignal's type byte and the key. */
export function typedKey(key: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(KEY_TYPE), key]);
}
