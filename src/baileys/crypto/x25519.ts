import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

/** Node has this overload since 15.9; its types do not. */
const generateJwk = generateKeyPairSync as unknown as (
  type: 'x25519',
  encodings: Record<'publicKeyEncoding' | 'privateKeyEncoding', { readonly format: 'jwk' }>,
) => { readonly privateKey: { readonly x: string; readonly d: string } };

/**
 * A fresh pair, as raw bytes. Encoded by the generating call itself: exporting the key object afterwards can hang the
 * thread for ever, because the export holds a lock that a garbage collection in its midst wants too, to free the generating
 * job (Node 20.20). JWK takes a third of the time of DER.
 */
export function x25519KeyPair(): { public: Buffer<ArrayBuffer>; private: Buffer<ArrayBuffer> } {
  const { privateKey } = generateJwk('x25519', {
    publicKeyEncoding: { format: 'jwk' },
    privateKeyEncoding: { format: 'jwk' },
  });
  return { public: Buffer.from(privateKey.x, 'base64url'), private: Buffer.from(privateKey.d, 'base64url') };
}

/**
 * The secret that two X25519 keys share; the public one may have Signal's leading 5. The same as libsignal's in a sixth of
 * the time: it hands keys to OpenSSL as DER, which tries decoder after decoder for each (0.4 ms); raw bytes in a JWK are
 * taken as they are.
 * @throws Error for a key of another length, and for a public key that leads to a secret of zeros
 */
export function sharedX25519(privateKey: Uint8Array, publicKey: Uint8Array): Buffer<ArrayBuffer> {
  const raw = publicKey.length === 33 && publicKey[0] === 5 ? publicKey.subarray(1) : publicKey;
  const keys = { privateKey: privateX25519(privateKey), publicKey: publicKeyOf('X25519', raw) };
  return Buffer.from(diffieHellman(keys));
}

export function publicKeyOf(crv: 'X25519' | 'Ed25519', bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv, x: base64Url(bytes) }, format: 'jwk' });
}

function privateX25519(bytes: Uint8Array): KeyObject {
  // A JWK names the public key as well; Node does not look at it.
  return createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d: base64Url(bytes), x: '' }, format: 'jwk' });
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
