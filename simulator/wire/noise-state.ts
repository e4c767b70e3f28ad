import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { NOISE_HEADER } from './frames.js';

const PROTOCOL_NAME = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0');
const TAG_BYTES = 16;
const EMPTY = Buffer.alloc(0);

/** One direction of an encrypted stream: AES-256-GCM with a counter as nonce. */
class CipherState {
  private counter = 0;

  constructor(private readonly key: Buffer) {}

  encrypt(plain: Uint8Array, data: Buffer = EMPTY): Buffer {
    const cipher = createCipheriv('aes-256-gcm', this.key, this.nextNonce());
    cipher.setAAD(data);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws Error when the bytes were not encrypted with this key and counter */
  decrypt(sealed: Uint8Array, data: Buffer = EMPTY): Buffer {
    if (sealed.length < TAG_BYTES) throw new Error('shorter than an authentication tag');
    const decipher = createDecipheriv('aes-256-gcm', this.key, this.nextNonce());
    decipher.setAAD(data);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  }

  private nextNonce(): Buffer {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(this.counter++, 8);
    return nonce;
  }
}

/**
 * The state that both sides of a Noise_XX_25519_AESGCM_SHA256 handshake keep (noiseprotocol.org), with WhatsApp's
 * header as prologue.
 */
export class NoiseState {
  private hash: Buffer = PROTOCOL_NAME;
  private chainingKey: Buffer = PROTOCOL_NAME;
  private cipher = new CipherState(PROTOCOL_NAME);

  constructor() {
    this.mixHash(NOISE_HEADER);
  }

  mixHash(data: Uint8Array): void {
    this.hash = createHash('sha256').update(this.hash).update(data).digest();
  }

  mixKey(secret: Buffer): void {
    const [chainingKey, key] = this.derive(secret);
    this.chainingKey = chainingKey;
    this.cipher = new CipherState(key);
  }

  seal(plain: Uint8Array): Buffer {
    const sealed = this.cipher.encrypt(plain, this.hash);
    this.mixHash(sealed);
    return sealed;
  }

  open(sealed: Uint8Array): Buffer {
    const plain = this.cipher.decrypt(sealed, this.hash);
    this.mixHash(sealed);
    return plain;
  }

  /** Returns the ciphers of the stream after the handshake. */
  split(): { fromClient: CipherState; toClient: CipherState } {
    const [fromClient, toClient] = this.derive(EMPTY);
    return { fromClient: new CipherState(fromClient), toClient: new CipherState(toClient) };
  }

  private derive(secret: Buffer): [Buffer, Buffer] {
    const keys = Buffer.from(hkdfSync('sha256', secret, this.chainingKey, EMPTY, 64));
    return [keys.subarray(0, 32), keys.subarray(32)];
  }
}
