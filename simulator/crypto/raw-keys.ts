import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

type CurveName = 'X25519' | 'Ed25519';

/*
 * Raw bytes come in as JWK: OpenSSL tries decoder after decoder for DER (0.4 ms for a pair), and a thousand connections
 * feel that.
 */

/** @throws Error when there are not 32 bytes */
export function publicKeyFrom(crv: CurveName, bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv, x: base64Url(bytes) }, format: 'jwk' });
}

/** @throws Error when there are not 32 bytes */
export function privateKeyFrom(crv: CurveName, bytes: Uint8Array): KeyObject {
  // A JWK names the public key as well; Node does not look at it.
  return createPrivateKey({ key: { kty: 'OKP', crv, d: base64Url(bytes), x: '' }, format: 'jwk' });
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
