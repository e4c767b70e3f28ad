import { createHash, createPublicKey, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { AgreementKey } from './curve25519.js';
import { privateKeyFrom, publicKeyFrom } from './raw-keys.js';

const FIELD_PRIME = 2n ** 255n - 19n;
const SIGN_BIT = 0x80;

/**
 * A key pair whose signatures are valid XEdDSA signatures (signal.org/docs/specifications/xeddsa). The key is an
 * Ed25519 key, so that node:crypto signs natively; its scalar, read as Curve25519, gives the public key of the
 * protocol. That public key lacks the sign of the Edwards point, so the sign is stored in the last bit of the
 * signature, as in libsignal.
 */
export class SigningKey {
  readonly publicKey: Buffer;
  private readonly privateKey: KeyObject;
  private readonly agreementKey: AgreementKey;
  private readonly edwardsSign: number;

  constructor(seed: Buffer = randomBytes(32)) {
    this.privateKey = privateKeyFrom('Ed25519', seed);
    const edwards = createPublicKey(this.privateKey).export({ format: 'der', type: 'spki' });
    this.edwardsSign = edwards.readUInt8(edwards.length - 1) & SIGN_BIT;
    const scalar = createHash('sha512').update(seed).digest().subarray(0, 32);
    this.agreementKey = AgreementKey.fromScalar(scalar);
    this.publicKey = this.agreementKey.publicKey;
  }

  /** Diffie-Hellman with the same key pair, read as Curve25519. Identity keys are used for both. */
  agree(theirPublicKey: Uint8Array): Buffer {
    return this.agreementKey.agree(theirPublicKey);
  }

  sign(message: Uint8Array): Buffer {
    const signature = sign(null, message, this.privateKey);
    signature.writeUInt8(signature.readUInt8(63) | this.edwardsSign, 63);
    return signature;
  }
}

/** @param publicKey the Montgomery u coordinate: 32 bytes, without libsignal's type byte */
export function verifyXeddsa(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const edwards = edwardsFromMontgomery(publicKey);
  if (!edwards) return false;
  const plain = Buffer.from(signature);
  const last = plain.readUInt8(63);
  edwards.writeUInt8(edwards.readUInt8(31) | (last & SIGN_BIT), 31);
  plain.writeUInt8(last & ~SIGN_BIT, 63);
  try {
    return verify(null, message, publicKeyFrom('Ed25519', edwards), plain);
  } catch {
    return false;
  }
}

function edwardsFromMontgomery(publicKey: Uint8Array): Buffer | undefined {
  const littleEndian = Buffer.from(publicKey);
  littleEndian.writeUInt8(littleEndian.readUInt8(31) & ~SIGN_BIT, 31);
  const u = BigInt(`0x${littleEndian.reverse().toString('hex')}`) % FIELD_PRIME;
  if (u === FIELD_PRIME - 1n) return undefined;
  const y = (((u - 1n + FIELD_PRIME) % FIELD_PRIME) * inverse(u + 1n)) % FIELD_PRIME;
  return Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
}

function inverse(value: bigint): bigint {
  let [remainder, nextRemainder] = [FIELD_PRIME, value % FIELD_PRIME];
  let [factor, nextFactor] = [0n, 1n];
  while (nextRemainder !== 0n) {
    const quotient = remainder / nextRemainder;
    [remainder, nextRemainder] = [nextRemainder, remainder - quotient * nextRemainder];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return ((factor % FIELD_PRIME) + FIELD_PRIME) % FIELD_PRIME;
}
