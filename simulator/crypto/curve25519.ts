import { createPrivateKey, createPublicKey, diffieHellman, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const PUBLIC_DER = Buffer.from('302a300506032b656e032100', 'hex');
const PRIVATE_DER = Buffer.from('302e020100300506032b656e04220420', 'hex');
const KEY_BYTES = 32;

/** A Curve25519 key pair for Diffie-Hellman; the public half is the 32 bytes that travel. */
export class AgreementKey {
  readonly publicKey: Buffer;

  private constructor(private readonly privateKey: KeyObject) {
    this.publicKey = rawPublicKey(createPublicKey(privateKey));
  }

  /** Not through `generateKeyPairSync`: exporting a key that it made can hang the thread for ever (Node 20.20). */
  static generate(): AgreementKey {
    return AgreementKey.fromScalar(randomBytes(KEY_BYTES));
  }

  static fromScalar(scalar: Buffer): AgreementKey {
    const der = Buffer.concat([PRIVATE_DER, scalar]);
    return new AgreementKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  }

  agree(theirPublicKey: Uint8Array): Buffer {
    if (theirPublicKey.length !== KEY_BYTES) throw new Error('a Curve25519 public key has 32 bytes');
    const der = Buffer.concat([PUBLIC_DER, theirPublicKey]);
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return diffieHellman({ privateKey: this.privateKey, publicKey });
  }
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
}
