import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { sharedX25519 } from './x25519.js';

interface SignalCurve {
  generateKeyPair(): { pubKey: Buffer; privKey: Buffer };
  calculateAgreement(publicKey: Buffer, privateKey: Buffer): Buffer;
}

/** The implementation that Baileys uses. */
const reference = createRequire(createRequire(import.meta.url).resolve('@whiskeysockets/baileys'))(
  'libsignal/src/curve.js',
) as SignalCurve;

describe('sharedX25519', () => {
  it('sharedX25519 agrees with libsignal, with and without the leading 5 of Signal keys', () => {
    for (let round = 0; round < 50; round++) {
      const own = round % 2 === 0 ? reference.generateKeyPair().privKey : randomBytes(32);
      const { pubKey } = reference.generateKeyPair();
      const expected = reference.calculateAgreement(pubKey, own);
      expect(sharedX25519(own, pubKey)).toEqual(expected);
      expect(sharedX25519(own, pubKey.subarray(1))).toEqual(expected);
    }
  });

  it('sharedX25519 agrees with libsignal on public keys that are not on the curve or have the highest bit set', () => {
    const own = randomBytes(32);
    for (let round = 0; round < 50; round++) {
      const key = randomBytes(32);
      key.writeUInt8(key.readUInt8(31) | 0x80, 31);
      expect(sharedX25519(own, key)).toEqual(
        reference.calculateAgreement(Buffer.concat([[5], key].map((part) => Buffer.from(part))), own),
      );
    }
  });

  it('sharedX25519 refuses keys of another length and public keys that give no secret', () => {
    const key = randomBytes(32);
    for (const length of [0, 31, 33, 64]) {
      expect(() => sharedX25519(randomBytes(length), key)).toThrow();
      expect(() => sharedX25519(key, Buffer.alloc(length, 7))).toThrow();
    }
    expect(() => sharedX25519(key, Buffer.alloc(32))).toThrow();
  });
});
