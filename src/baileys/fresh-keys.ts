import { createRequire } from 'node:module';
import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import type { AuthenticationCreds, KeyPair } from '@whiskeysockets/baileys';
import { pack } from './packed.js';

/** As many as Baileys uploads at the first login (`INITIAL_PREKEY_COUNT`). */
export const PRE_KEY_COUNT = 812;

/** Node has this overload since 15.9; its types do not. */
const generateJwk = generateKeyPairSync as unknown as (
  type: 'x25519',
  encodings: Record<'publicKeyEncoding' | 'privateKeyEncoding', { readonly format: 'jwk' }>,
) => { readonly privateKey: { readonly x: string; readonly d: string } };

interface SignalCurve {
  calculateSignature(privateKey: Buffer, message: Buffer): Buffer;
}

/**
 * Baileys' own libsignal, without Baileys around it: a worker thread that loads all of Baileys costs 300 ms and its memory.
 */
const curve = createRequire(createRequire(import.meta.url).resolve('@whiskeysockets/baileys'))(
  'libsignal/src/curve.js',
) as SignalCurve;

/** What Baileys' `initAuthCreds` makes, in a fraction of the time. */
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
    // Signal's range; Baileys' own generator can also give 0.
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

/** Pre-keys in the form in which they are stored. */
export function packedPreKeys(count: number): Buffer[] {
  return Array.from({ length: count }, () => pack(x25519KeyPair()));
}

/**
 * Encoded by the generating call itself: exporting the key object afterwards can hang the thread for ever, because the
 * export holds a lock that a garbage collection in its midst wants too, to free the generating job (Node 20.20). JWK takes
 * a third of the time of DER.
 */
function x25519KeyPair(): KeyPair & { public: Buffer; private: Buffer } {
  const { privateKey } = generateJwk('x25519', {
    publicKeyEncoding: { format: 'jwk' },
    privateKeyEncoding: { format: 'jwk' },
  });
  return { public: Buffer.from(privateKey.x, 'base64url'), private: Buffer.from(privateKey.d, 'base64url') };
}
