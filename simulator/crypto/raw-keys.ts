import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

type CurveName = 'X25519' | 'Ed25519';

/*
 * Conversion of raw keys into `KeyObject`s, through JWK. DER is slower: OpenSSL tries one decoder after another (0.4 ms
 * for a pair), which is measurable with a thousand connections.
 */

/** @throws Error when the key has not 32 bytes */
export function publicKeyFrom(crv: CurveName, bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv, x: base64Url(bytes) }, format: 'jwk' });
}

/** @throws Error when the key has not 32 bytes */
export function privateKeyFrom(crv: CurveName, bytes: Uint8Array): KeyObject {
  // A private JWK needs a public key as well; Node does not read it.
  return createPrivateKey({ key: { kty: 'OKP', crv, d: base64Url(bytes), x: '' }, format: 'jwk' });
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
