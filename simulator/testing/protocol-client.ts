import { randomBytes, randomInt } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import WebSocket from 'ws';
import { AgreementKey } from '../crypto/curve25519.js';
import { SigningKey } from '../crypto/xeddsa.js';
import { KEY_TYPE, typedKey } from '../device-keys/registration-payload.js';
import { frame, FrameReader, NOISE_HEADER } from '../wire/frames.js';
import {
  bigEndian,
  bytesOf,
  child,
  children,
  decodeStanza,
  element,
  encodeStanza,
  type Stanza,
} from '../wire/stanza.js';
import { NoiseInitiator, type ServerIdentity } from './noise-initiator.js';

const TIMEOUT_MS = 5_000;
const USER_AGENT = { appVersion: { primary: 2, secondary: 3000, tertiary: 1 } };

/** The keys of one device, as in Baileys' `creds`. */
export class DeviceKeys {
  readonly noiseKey = AgreementKey.generate();
  readonly identityKey = new SigningKey();
  readonly signedPreKey = AgreementKey.generate();
  readonly registrationId = randomInt(1, 16_380);
  advSecret: Buffer = randomBytes(32);

  signedPreKeySignature(): Buffer {
    return this.identityKey.sign(typedKey(this.signedPreKey.publicKey));
  }

  qr(reference: string): string {
    const parts = [this.noiseKey.publicKey, this.identityKey.publicKey, this.advSecret];
    const keys = parts.map((part) => part.toString('base64')).join(',');
    return `https://wa.me/settings/linked_devices#${reference},${keys},1`;
  }

  registrationPayload(signature = this.signedPreKeySignature()): proto.IClientPayload {
    return {
      passive: false,
      userAgent: USER_AGENT,
      devicePairingData: {
        eRegid: bigEndian(this.registrationId, 4),
        eKeytype: Buffer.of(KEY_TYPE),
        eIdent: this.identityKey.publicKey,
        eSkeyId: bigEndian(1, 3),
        eSkeyVal: this.signedPreKey.publicKey,
        eSkeySig: signature,
      },
    };
  }
}

export function loginPayload(deviceJid: string): proto.IClientPayload {
  const [phone = '', device = ''] = deviceJid.split(/[:@]/);
  return { passive: true, userAgent: USER_AGENT, username: Number(phone), device: Number(device) };
}

/** A minimal client that can break the protocol, unlike Baileys. Incoming stanzas wait until the test reads them. */
export class ProtocolClient {
  server: ServerIdentity | undefined;
  closed = false;
  private readonly reader = new FrameReader('answers');
  private readonly frames: Buffer[] = [];
  private readonly stanzas: Stanza[] = [];
  private wake: () => void = () => undefined;
  private lastId = 0;

  private constructor(
    readonly socket: WebSocket,
    private readonly noise: NoiseInitiator,
  ) {
    socket.on('message', (data) => {
      this.frames.push(...this.reader.push(data as Buffer));
      this.wake();
    });
    socket.on('close', () => {
      this.closed = true;
      this.wake();
    });
    socket.on('error', () => undefined);
  }

  static async connect(
    url: string,
    noiseKey: AgreementKey,
    payload: proto.IClientPayload,
    header: Buffer = NOISE_HEADER,
  ): Promise<ProtocolClient> {
    const noise = new NoiseInitiator(noiseKey);
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const client = new ProtocolClient(socket, noise);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.send(Buffer.concat([header, frame(noise.hello())]));
    const { finish, server } = noise.finish(
      await client.nextFrame(),
      proto.ClientPayload.encode(payload).finish(),
    );
    client.server = server;
    socket.send(frame(finish));
    return client;
  }

  send(stanza: Stanza): void {
    this.socket.send(frame(this.noise.encrypt(encodeStanza(stanza))));
  }

  /** Returns the next stanza that `fits` accepts. Earlier stanzas stay for other calls. */
  async next(fits: (stanza: Stanza) => boolean): Promise<Stanza> {
    for (;;) {
      const at = this.stanzas.findIndex(fits);
      const [found] = at < 0 ? [] : this.stanzas.splice(at, 1);
      if (found) return found;
      this.stanzas.push(await decodeStanza(this.noise.decrypt(await this.nextFrame())));
    }
  }

  nextTagged(tag: string): Promise<Stanza> {
    return this.next((stanza) => stanza.tag === tag);
  }

  async query(xmlns: string, type: 'get' | 'set', content: Stanza[]): Promise<Stanza> {
    const id = `q${(this.lastId += 1)}`;
    this.send(element('iq', { to: 's.whatsapp.net', xmlns, type, id }, content));
    return this.next((stanza) => stanza.attrs['id'] === id);
  }

  async references(): Promise<string[]> {
    const offer = await this.next((stanza) => child(stanza, 'pair-device') !== undefined);
    this.send(element('iq', { to: 's.whatsapp.net', type: 'result', id: offer.attrs['id'] ?? '' }));
    return children(child(offer, 'pair-device'), 'ref').map((ref) => bytesOf(ref).toString());
  }

  /** Waits for pair-success and signs its identity. */
  async countersign(identityKey: SigningKey): Promise<{ id: string; signature: Uint8Array }> {
    const success = await this.next((stanza) => child(stanza, 'pair-success') !== undefined);
    const sealed = bytesOf(child(child(success, 'pair-success'), 'device-identity'));
    const { details } = proto.ADVSignedDeviceIdentityHMAC.decode(sealed);
    const account = proto.ADVSignedDeviceIdentity.decode(details ?? new Uint8Array());
    const message = [account.details, identityKey.publicKey, account.accountSignatureKey];
    const parts = message.map((part) => part ?? new Uint8Array());
    account.deviceSignature = identityKey.sign(Buffer.concat([Buffer.of(6, 1), ...parts]));
    account.accountSignatureKey = null;
    const signature = proto.ADVSignedDeviceIdentity.encode(account).finish();
    return { id: success.attrs['id'] ?? '', signature };
  }

  sendSignature({ id, signature }: { id: string; signature: Uint8Array }): void {
    const identity = element('device-identity', { 'key-index': '1' }, signature);
    const answer = element('pair-device-sign', {}, [identity]);
    this.send(element('iq', { to: 's.whatsapp.net', type: 'result', id }, [answer]));
  }

  /** whatsmeow's `sendPairError`. */
  sendPairError(id: string): void {
    const error = element('error', { code: '500', text: 'internal-error' });
    this.send(element('iq', { to: 's.whatsapp.net', type: 'error', id }, [error]));
  }

  async waitForClose(): Promise<void> {
    while (!this.closed) await this.waitForEvent();
  }

  terminate(): void {
    this.socket.terminate();
  }

  private async nextFrame(): Promise<Buffer> {
    for (;;) {
      const next = this.frames.shift();
      if (next) return next;
      if (this.closed) throw new Error('the server closed the connection');
      await this.waitForEvent();
    }
  }

  private waitForEvent(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(reject, TIMEOUT_MS, new Error('no stanza from the server within 5 s'));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
