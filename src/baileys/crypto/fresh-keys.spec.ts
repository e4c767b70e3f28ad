import { describe, expect, it } from '@jest/globals';
import { Curve, initAuthCreds } from '@whiskeysockets/baileys';
import { decodeKey } from '../auth-state/auth-state.codec.js';
import { freshCredentials, packedPreKeys } from './fresh-keys.js';
import { verifyXEdDSA } from './xeddsa.js';

describe('fresh keys', () => {
  it('fresh credentials have the same fields and initial values as Baileys’ own', () => {
    const ours = freshCredentials();
    const theirs = initAuthCreds();
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    for (const field of [
      'nextPreKeyId',
      'accountSettings',
      'registered',
      'processedHistoryMessages',
    ] as const) {
      expect(ours[field]).toEqual(theirs[field]);
    }
    expect(ours.signedPreKey.keyId).toBe(theirs.signedPreKey.keyId);
    expect(Buffer.from(ours.advSecretKey, 'base64')).toHaveLength(32);
  });

  it('the identity key signs the signed pre-key', () => {
    const { signedIdentityKey, signedPreKey } = freshCredentials();
    const signedBytes = Buffer.concat([Buffer.from([5]), signedPreKey.keyPair.public]);
    expect(verifyXEdDSA(signedIdentityKey.public, signedBytes, signedPreKey.signature)).toBe(true);
  });

  it('a fresh key pair and a key pair of Baileys agree on the same secret', () => {
    const { noiseKey } = freshCredentials();
    const other = Curve.generateKeyPair();
    expect(Curve.sharedKey(noiseKey.private, other.public)).toEqual(
      Curve.sharedKey(other.private, noiseKey.public),
    );
  });

  it('fresh credentials are never the same twice, and registration ids stay in Signal’s range', () => {
    const sets = Array.from({ length: 5 }, freshCredentials);
    expect(new Set(sets.map(({ advSecretKey }) => advSecretKey)).size).toBe(5);
    for (const { registrationId } of sets) {
      expect(registrationId).toBeGreaterThanOrEqual(1);
      expect(registrationId).toBeLessThanOrEqual(16380);
    }
  });

  it('fresh pre-keys are packed in the form in which they are stored', () => {
    const [first, second] = packedPreKeys(2).map((packed) => decodeKey('pre-key', packed));
    expect(first?.private).toHaveLength(32);
    expect(first?.public).not.toEqual(second?.public);
  });
});
