import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { AgreementKey } from '../crypto/curve25519.js';
import { NoiseState } from './noise-state.js';

/** The server side of the Noise handshake. */
export class NoiseResponder {
  private readonly ephemeral = AgreementKey.generate();
  private readonly state = new NoiseState();
  private stream: ReturnType<NoiseState['split']> | undefined;

  constructor(private readonly staticKey: AgreementKey) {}

  /** Reads the ClientHello and returns the ServerHello. */
  hello(message: Uint8Array, certificateChain: Uint8Array): Buffer {
    const theirs = proto.HandshakeMessage.decode(message).clientHello?.ephemeral;
    if (!theirs) throw new Error('no ClientHello');
    this.state.mixHash(theirs);
    this.state.mixHash(this.ephemeral.publicKey);
    this.state.mixKey(this.ephemeral.agree(theirs));
    const sealedStatic = this.state.seal(this.staticKey.publicKey);
    this.state.mixKey(this.staticKey.agree(theirs));
    const payload = this.state.seal(certificateChain);
    const serverHello = { ephemeral: this.ephemeral.publicKey, static: sealedStatic, payload };
    return Buffer.from(proto.HandshakeMessage.encode({ serverHello }).finish());
  }

  /** Reads the ClientFinish. All later frames go through `encrypt` and `decrypt`. */
  finish(message: Uint8Array): { clientStatic: Buffer; payload: Buffer } {
    const finish = proto.HandshakeMessage.decode(message).clientFinish;
    if (!finish?.static || !finish.payload) throw new Error('no ClientFinish');
    const clientStatic = this.state.open(finish.static);
    this.state.mixKey(this.ephemeral.agree(clientStatic));
    const payload = this.state.open(finish.payload);
    this.stream = this.state.split();
    return { clientStatic, payload };
  }

  get established(): boolean {
    return this.stream !== undefined;
  }

  encrypt(plain: Uint8Array): Buffer {
    if (!this.stream) throw new Error('the handshake has not finished');
    return this.stream.toClient.encrypt(plain);
  }

  decrypt(sealed: Uint8Array): Buffer {
    if (!this.stream) throw new Error('the handshake has not finished');
    return this.stream.fromClient.decrypt(sealed);
  }
}
