import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Curve } from '@whiskeysockets/baileys/lib/Utils/crypto.js';
import * as curve from 'libsignal/src/curve.js';
import { AgreementKey } from './curve25519.js';
import { SigningKey, verifyXeddsa } from './xeddsa.js';

const message = randomBytes(100);

function libsignalVerifies(publicKey: Buffer, signature: Buffer): boolean {
  return curve.verifySignature(Buffer.concat([Buffer.of(5), publicKey]), message, signature);
}

describe('XEdDSA through node:crypto', () => {
  it('a signature is valid for libsignal and for verifyXeddsa, for both signs of the Edwards point', () => {
    for (let round = 0; round < 8; round += 1) {
      const key = new SigningKey();
      const signature = key.sign(message);
      expect(verifyXeddsa(key.publicKey, message, signature)).toBe(true);
      expect(libsignalVerifies(key.publicKey, signature)).toBe(true);
    }
  });

  it('verifyXeddsa accepts a signature of libsignal', () => {
    for (let round = 0; round < 4; round += 1) {
      const pair = Curve.generateKeyPair();
      const signature = Curve.sign(Buffer.from(pair.private), message);
      expect(verifyXeddsa(pair.public, message, signature)).toBe(true);
    }
  });

  it('verifyXeddsa refuses a changed signature, message or key, and values of another length', () => {
    const key = new SigningKey();
    const signature = key.sign(message);
    for (const at of [0, 31, 32, 62, 63]) {
      const changed = Buffer.from(signature);
      changed.writeUInt8(changed.readUInt8(at) ^ (at === 63 ? 0x80 : 1), at);
      expect(verifyXeddsa(key.publicKey, message, changed)).toBe(false);
    }
    expect(verifyXeddsa(key.publicKey, randomBytes(100), signature)).toBe(false);
    expect(verifyXeddsa(new SigningKey().publicKey, message, signature)).toBe(false);
    expect(verifyXeddsa(key.publicKey, message, signature.subarray(1))).toBe(false);
    expect(verifyXeddsa(key.publicKey.subarray(1), message, signature)).toBe(false);
    expect(verifyXeddsa(Buffer.alloc(32, 0xff), message, signature)).toBe(false);
  });

  it('AgreementKey derives the same shared secret as libsignal', () => {
    const ours = AgreementKey.generate();
    const theirs = Curve.generateKeyPair();
    const secret = ours.agree(theirs.public);
    expect(Curve.sharedKey(theirs.private, ours.publicKey).equals(secret)).toBe(true);
  });
});
