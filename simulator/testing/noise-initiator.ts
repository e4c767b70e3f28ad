import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { AgreementKey } from '../crypto/curve25519.js';
import { NOISE_HEADER } from '../wire/frames.js';

const PROTOCOL_NAME = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0');
const EMPTY = Buffer.alloc(0);

export interface ServerIdentity {
  staticKey: Buffer;
  certificateChain: Buffer;
}

/** The client side of the Noise handshake, for test clients that can break the protocol. */
export class NoiseInitiator {
  private readonly ephemeral = AgreementKey.generate();
  private hash: Buffer = PROTOCOL_NAME;
  private chainingKey: Buffer = PROTOCOL_NAME;
  private key: Buffer = PROTOCOL_NAME;
  private counter = 0;
  private transport: { out: Buffer; in: Buffer; sent: number; received: number } | undefined;

  constructor(private readonly staticKey: AgreementKey) {
    this.mixHash(NOISE_HEADER);
  }

  hello(): Buffer {
    this.mixHash(this.ephemeral.publicKey);
    const clientHello = { ephemeral: this.ephemeral.publicKey };
    return Buffer.from(proto.HandshakeMessage.encode({ clientHello }).finish());
  }

  finish(message: Buffer, payload: Uint8Array): { finish: Buffer; server: ServerIdentity } {
    const hello = proto.HandshakeMessage.decode(message).serverHello;
    if (!hello?.ephemeral || !hello.static || !hello.payload) throw new Error('no ServerHello');
    this.mixHash(hello.ephemeral);
    this.mixKey(this.ephemeral.agree(hello.ephemeral));
    const staticKey = this.open(hello.static);
    this.mixKey(this.ephemeral.agree(staticKey));
    const certificateChain = this.open(hello.payload);
    const sealedStatic = this.seal(this.staticKey.publicKey);
    this.mixKey(this.staticKey.agree(hello.ephemeral));
    const clientFinish = { static: sealedStatic, payload: this.seal(payload) };
    const [out, inbound] = this.derive(EMPTY);
    this.transport = { out, in: inbound, sent: 0, received: 0 };
    const finish = Buffer.from(proto.HandshakeMessage.encode({ clientFinish }).finish());
    return { finish, server: { staticKey, certificateChain } };
  }

  encrypt(plain: Buffer): Buffer {
    if (!this.transport) throw new Error('the handshake has not finished');
    return seal(this.transport.out, this.transport.sent++, plain, EMPTY);
  }

  decrypt(sealed: Buffer): Buffer {
    if (!this.transport) throw new Error('the handshake has not finished');
    return open(this.transport.in, this.transport.received++, sealed, EMPTY);
  }

  private seal(plain: Uint8Array): Buffer {
    const sealed = seal(this.key, this.counter++, plain, this.hash);
    this.mixHash(sealed);
    return sealed;
  }

  private open(sealed: Uint8Array): Buffer {
    const plain = open(this.key, this.counter++, sealed, this.hash);
    this.mixHash(sealed);
    return plain;
  }

  private mixHash(data: Uint8Array): void {
    this.hash = createHash('sha256').update(this.hash).update(data).digest();
  }

  private mixKey(secret: Buffer): void {
    [this.chainingKey, this.key] = this.derive(secret);
    this.counter = 0;
  }

  private derive(secret: Buffer): [Buffer, Buffer] {
    const keys = Buffer.from(hkdfSync('sha256', secret, this.chainingKey, EMPTY, 64));
    return [keys.subarray(0, 32), keys.subarray(32)];
  }
}

function nonce(counter: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(counter, 8);
  return bytes;
}

function seal(key: Buffer, counter: number, plain: Uint8Array, data: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce(counter));
  cipher.setAAD(data);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Buffer, counter: number, sealed: Uint8Array, data: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(counter));
  decipher.setAAD(data);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}
