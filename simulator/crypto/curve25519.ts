import { createPublicKey, diffieHellman, randomBytes, type KeyObject } from 'node:crypto';
import { privateKeyFrom, publicKeyFrom } from './raw-keys.js';

const KEY_BYTES = 32;

/** A Curve25519 key pair for Diffie-Hellman. The public key is the raw 32 bytes of the protocol. */
export class AgreementKey {
  readonly publicKey: Buffer;

  private constructor(private readonly privateKey: KeyObject) {
    this.publicKey = rawPublicKey(createPublicKey(privateKey));
  }

  /** Does not use `generateKeyPairSync`: exporting such a key can block the thread forever (Node 20.20). */
  static generate(): AgreementKey {
    return AgreementKey.fromScalar(randomBytes(KEY_BYTES));
  }

  static fromScalar(scalar: Buffer): AgreementKey {
    return new AgreementKey(privateKeyFrom('X25519', scalar));
  }

  agree(theirPublicKey: Uint8Array): Buffer {
    if (theirPublicKey.length !== KEY_BYTES) throw new Error('a Curve25519 public key must have 32 bytes');
    return diffieHellman({ privateKey: this.privateKey, publicKey: publicKeyFrom('X25519', theirPublicKey) });
  }
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
}
