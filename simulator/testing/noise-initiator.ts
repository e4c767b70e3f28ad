import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { AgreementKey } from '../crypto/curve25519.js';
import { NoiseState } from '../wire/noise-state.js';

export interface ServerIdentity {
  staticKey: Buffer;
  certificateChain: Buffer;
}

/** The client side of the Noise handshake, for test clients that can break the protocol. */
export class NoiseInitiator {
  private readonly ephemeral = AgreementKey.generate();
  private readonly state = new NoiseState();
  private stream: ReturnType<NoiseState['split']> | undefined;

  constructor(private readonly staticKey: AgreementKey) {}

  hello(): Buffer {
    this.state.mixHash(this.ephemeral.publicKey);
    const clientHello = { ephemeral: this.ephemeral.publicKey };
    return Buffer.from(proto.HandshakeMessage.encode({ clientHello }).finish());
  }

  finish(message: Buffer, payload: Uint8Array): { finish: Buffer; server: ServerIdentity } {
    const hello = proto.HandshakeMessage.decode(message).serverHello;
    if (!hello?.ephemeral || !hello.static || !hello.payload) throw new Error('no ServerHello');
    this.state.mixHash(hello.ephemeral);
    this.state.mixKey(this.ephemeral.agree(hello.ephemeral));
    const staticKey = this.state.open(hello.static);
    this.state.mixKey(this.ephemeral.agree(staticKey));
    const certificateChain = this.state.open(hello.payload);
    const sealedStatic = this.state.seal(this.staticKey.publicKey);
    this.state.mixKey(this.staticKey.agree(hello.ephemeral));
    const clientFinish = { static: sealedStatic, payload: this.state.seal(payload) };
    this.stream = this.state.split();
    const finish = Buffer.from(proto.HandshakeMessage.encode({ clientFinish }).finish());
    return { finish, server: { staticKey, certificateChain } };
  }

  encrypt(plain: Buffer): Buffer {
    if (!this.stream) throw new Error('the handshake has not finished');
    return this.stream.fromClient.encrypt(plain);
  }

  decrypt(sealed: Buffer): Buffer {
    if (!this.stream) throw new Error('the handshake has not finished');
    return this.stream.toClient.decrypt(sealed);
  }
}
