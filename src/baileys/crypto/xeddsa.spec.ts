import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { verifyXEdDSA } from './xeddsa.js';

interface Curve25519 {
  generateKeyPair(seed: Uint8Array): { public: Uint8Array; private: Uint8Array };
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** The implementation that libsignal uses in Baileys. */
const reference = createRequire(createRequire(import.meta.url).resolve('@whiskeysockets/baileys'))(
  'curve25519-js',
) as Curve25519;

describe('verifyXEdDSA', () => {
  const key = reference.generateKeyPair(randomBytes(32));

  it('verifyXEdDSA accepts signatures of curve25519-js, with and without the leading 5 of Signal keys', () => {
    for (const message of [Buffer.alloc(0), randomBytes(1), randomBytes(200)]) {
      const signature = reference.sign(key.private, message);
      expect(verifyXEdDSA(key.public, message, signature)).toBe(true);
      expect(verifyXEdDSA(Buffer.concat([[5], key.public].map(bytes)), message, signature)).toBe(true);
    }
  });

  it('verifyXEdDSA agrees with curve25519-js on keys, messages and signatures that were tampered with', () => {
    const message = createHash('sha512').update('message').digest();
    const signature = reference.sign(key.private, message);
    fc.assert(
      fc.property(fc.constantFrom('key', 'message', 'signature'), fc.nat(511), (part, bit) => {
        const parts = { key: bytes(key.public), message: bytes(message), signature: bytes(signature) };
        flip(parts[part], bit);
        // The highest bit is not part of a key; both implementations ignore it.
        expect(verifyXEdDSA(parts.key, parts.message, parts.signature)).toBe(
          reference.verify(parts.key, parts.message, Buffer.from(parts.signature)),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('verifyXEdDSA refuses the degenerate keys 0, 1 and p − 1', () => {
    const minusOne = Buffer.alloc(32, 0xff).fill(0xec, 0, 1).fill(0x7f, 31);
    for (const degenerate of [Buffer.alloc(32), Buffer.alloc(32).fill(1, 0, 1), minusOne]) {
      expect(verifyXEdDSA(degenerate, randomBytes(8), randomBytes(64))).toBe(false);
    }
  });

  it('verifyXEdDSA refuses keys and signatures of a wrong length', () => {
    const signature = reference.sign(key.private, Buffer.alloc(3));
    expect(verifyXEdDSA(key.public.subarray(1), Buffer.alloc(3), signature)).toBe(false);
    expect(verifyXEdDSA(Buffer.concat([[6], key.public].map(bytes)), Buffer.alloc(3), signature)).toBe(false);
    expect(verifyXEdDSA(key.public, Buffer.alloc(3), signature.subarray(1))).toBe(false);
    expect(verifyXEdDSA(key.public, Buffer.alloc(3), Buffer.alloc(0))).toBe(false);
  });
});

function bytes(from: Uint8Array | readonly number[]): Buffer {
  return Buffer.from(from);
}

function flip(target: Buffer, bit: number): void {
  const at = (bit >> 3) % target.length;
  target.writeUInt8(target.readUInt8(at) ^ (1 << (bit & 7)), at);
}
