import { createRequire } from 'node:module';
import { randomBytes, randomInt } from 'node:crypto';
import type { AuthenticationCreds } from '@whiskeysockets/baileys';
import { pack } from '../auth-state/packed.js';
import { x25519KeyPair } from './x25519.js';

/** The number of pre-keys that Baileys uploads at the first login (`INITIAL_PREKEY_COUNT`). */
export const PRE_KEY_COUNT = 812;

interface SignalCurve {
  calculateSignature(privateKey: Buffer, message: Buffer): Buffer;
}

/**
 * The libsignal that Baileys uses, loaded without Baileys: a worker thread that loads all of Baileys needs 300 ms
 * and its memory.
 */
const curve = createRequire(createRequire(import.meta.url).resolve('@whiskeysockets/baileys'))(
  'libsignal/src/curve.js',
) as SignalCurve;

/** Returns the same credentials as Baileys' `initAuthCreds`, in a fraction of the time. */
export function freshCredentials(): AuthenticationCreds {
  const signedIdentityKey = x25519KeyPair();
  const signedPreKey = x25519KeyPair();
  const signalPublicKey = Buffer.concat([Buffer.from([5]), signedPreKey.public]);
  return {
    noiseKey: x25519KeyPair(),
    pairingEphemeralKeyPair: x25519KeyPair(),
    signedIdentityKey,
    signedPreKey: {
      keyPair: signedPreKey,
      signature: curve.calculateSignature(signedIdentityKey.private, signalPublicKey),
      keyId: 1,
    },
    // Signal's range. Baileys' own generator can also return 0.
    registrationId: randomInt(1, 16381),
    advSecretKey: randomBytes(32).toString('base64'),
    processedHistoryMessages: [],
    nextPreKeyId: 1,
    firstUnuploadedPreKeyId: 1,
    accountSyncCounter: 0,
    accountSettings: { unarchiveChats: false },
    registered: false,
    pairingCode: undefined,
    lastPropHash: undefined,
    routingInfo: undefined,
    additionalData: undefined,
  };
}

/** Returns new pre-keys in their stored form. */
export function packedPreKeys(count: number): Buffer[] {
  return Array.from({ length: count }, () => pack(x25519KeyPair()));
}
