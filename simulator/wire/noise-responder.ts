import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { AgreementKey } from '../crypto/curve25519.js';
import { NOISE_HEADER } from './frames.js';

const PROTOCOL_NAME = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0');
const TAG_BYTES = 16;
const EMPTY = Buffer.alloc(0);

/** One direction of an encrypted stream: AES-256-GCM with a counter as nonce. */
class CipherState {
  private counter = 0;

  constructor(private readonly key: Buffer) {}

  encrypt(plain: Uint8Array, data: Buffer): Buffer {
    const cipher = createCipheriv('aes-256-gcm', this.key, this.nextNonce());
    cipher.setAAD(data);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws Error when the bytes were not encrypted with this key and counter */
  decrypt(sealed: Uint8Array, data: Buffer): Buffer {
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

/** The server side of Noise_XX_25519_AESGCM_SHA256 (noiseprotocol.org), with WhatsApp's header as prologue. */
export class NoiseResponder {
  private readonly ephemeral = AgreementKey.generate();
  private hash: Buffer = PROTOCOL_NAME;
  private chainingKey: Buffer = PROTOCOL_NAME;
  private cipher = new CipherState(PROTOCOL_NAME);
  private transport: { in: CipherState; out: CipherState } | undefined;

  constructor(private readonly staticKey: AgreementKey) {
    this.mixHash(NOISE_HEADER);
  }

  /** Reads the ClientHello and returns the ServerHello. */
  hello(message: Uint8Array, certificateChain: Uint8Array): Buffer {
    const theirs = proto.HandshakeMessage.decode(message).clientHello?.ephemeral;
    if (!theirs) throw new Error('no ClientHello');
    this.mixHash(theirs);
    this.mixHash(this.ephemeral.publicKey);
    this.mixKey(this.ephemeral.agree(theirs));
    const sealedStatic = this.seal(this.staticKey.publicKey);
    this.mixKey(this.staticKey.agree(theirs));
    const payload = this.seal(certificateChain);
    const serverHello = { ephemeral: this.ephemeral.publicKey, static: sealedStatic, payload };
    return Buffer.from(proto.HandshakeMessage.encode({ serverHello }).finish());
  }

  /** Reads the ClientFinish. All later frames go through `encrypt` and `decrypt`. */
  finish(message: Uint8Array): { clientStatic: Buffer; payload: Buffer } {
    const finish = proto.HandshakeMessage.decode(message).clientFinish;
    if (!finish?.static || !finish.payload) throw new Error('no ClientFinish');
    const clientStatic = this.open(finish.static);
    this.mixKey(this.ephemeral.agree(clientStatic));
    const payload = this.open(finish.payload);
    const [fromClient, toClient] = this.derive(EMPTY);
    this.transport = { in: new CipherState(fromClient), out: new CipherState(toClient) };
    return { clientStatic, payload };
  }

  get established(): boolean {
    return this.transport !== undefined;
  }

  encrypt(plain: Uint8Array): Buffer {
    if (!this.transport) throw new Error('the handshake has not finished');
    return this.transport.out.encrypt(plain, EMPTY);
  }

  decrypt(sealed: Uint8Array): Buffer {
    if (!this.transport) throw new Error('the handshake has not finished');
    return this.transport.in.decrypt(sealed, EMPTY);
  }

  private seal(plain: Uint8Array): Buffer {
    const sealed = this.cipher.encrypt(plain, this.hash);
    this.mixHash(sealed);
    return sealed;
  }

  private open(sealed: Uint8Array): Buffer {
    const plain = this.cipher.decrypt(sealed, this.hash);
    this.mixHash(sealed);
    return plain;
  }

  private mixHash(data: Uint8Array): void {
    this.hash = createHash('sha256').update(this.hash).update(data).digest();
  }

  private mixKey(secret: Buffer): void {
    const [chainingKey, key] = this.derive(secret);
    this.chainingKey = chainingKey;
    this.cipher = new CipherState(key);
  }

  private derive(secret: Buffer): [Buffer, Buffer] {
    const keys = Buffer.from(hkdfSync('sha256', secret, this.chainingKey, EMPTY, 64));
    return [keys.subarray(0, 32), keys.subarray(32)];
  }
}
