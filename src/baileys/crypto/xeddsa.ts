import { verify } from 'node:crypto';
import { publicKeyOf } from './x25519.js';

const P = 2n ** 255n - 19n;

/**
 * Whether `signature` is an XEdDSA signature of `message` by the owner of the X25519 key `publicKey` (32 bytes, or
 * 33 with Signal's leading 5).
 * In Signal's variant the highest bit of the signature is the sign of the Edwards key. Unlike curve25519-js, this
 * function refuses an s that is not below the group order; all other results are equal.
 */
export function verifyXEdDSA(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const montgomery = publicKey.length === 33 && publicKey[0] === 5 ? publicKey.subarray(1) : publicKey;
  if (montgomery.length !== 32 || signature.length !== 64) return false;
  const edwards = edwardsOf(montgomery);
  const edSignature = Buffer.from(signature);
  const last = edSignature.readUInt8(63);
  edwards.writeUInt8(edwards.readUInt8(31) | (last & 0x80), 31);
  edSignature.writeUInt8(last & 0x7f, 63);
  return verify(null, message, publicKeyOf('Ed25519', edwards), edSignature);
}

/** Returns y = (u − 1) / (u + 1) mod p, little endian, sign bit clear (RFC 7748, section 4.1). */
function edwardsOf(montgomery: Uint8Array): Buffer {
  const bigEndian = Buffer.from(montgomery).reverse();
  bigEndian.writeUInt8(bigEndian.readUInt8(0) & 0x7f, 0);
  const u = BigInt(`0x${bigEndian.toString('hex')}`) % P;
  const y = ((u - 1n + P) * inverse(u + 1n)) % P;
  return Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
}

/**
 * Returns the inverse modulo p by the extended Euclidean algorithm. 0 has no inverse and gives 0, as exponentiation
 * would.
 * The key is public, so a timing difference reveals nothing.
 */
function inverse(value: bigint): bigint {
  let [r, nextR] = [P, value % P];
  let [t, nextT] = [0n, 1n];
  while (nextR !== 0n) {
    const quotient = r / nextR;
    [r, nextR] = [nextR, r - quotient * nextR];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  if (r !== 1n) return 0n;
  return t < 0n ? t + P : t;
}
