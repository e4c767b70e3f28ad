import { randomBytes } from 'node:crypto';
import { flipBit } from '../crypto/flip-bit.js';
import type { GarbageKind } from '../faults/actions.js';
import type { ConnectionInfo } from '../faults/fault-plan.js';
import { FlowStopped } from '../faults/flow-stopped.js';
import type { Stage, When } from '../faults/stages.js';
import { frame, FrameReader } from '../wire/frames.js';
import type { NoiseResponder } from '../wire/noise-responder.js';
import { decodeStanza, element, encodeStanza, SERVER_JID, unixTime, type Stanza } from '../wire/stanza.js';
import type { Transport } from '../wire/transport.js';
import type { Device } from './account.js';
import type { PairingState } from './pairing-state.js';

/** One client connection, from TCP accept to its end, with the state that the server keeps about it. */
export class Connection {
  readonly openedAt = new Date().toISOString();
  kind: 'registration' | 'login' | undefined;
  device: Device | undefined;
  pairing: PairingState | undefined;
  clientStatic: Buffer | undefined;
  clientVersion: string | undefined;
  lastStage: { stage: Stage; when: When } | undefined;
  /** Whether the server has sent its last stanza. Such a connection no longer belongs to a device. */
  terminated = false;
  loggedIn = false;
  /** Whether the client has sent `passive set active`: it receives messages and notifications from then on. */
  active = false;
  private readonly reader = new FrameReader('requests');
  /** Without a limit: frames wait here only while a fault holds the handshake. */
  private readonly receivedFrames: Buffer[] = [];
  private wake: () => void = () => undefined;
  private lastStanzaId = 0;
  private claimedPhone: string | undefined;
  private registrationId: number | undefined;

  constructor(
    readonly id: number,
    readonly transport: Transport,
    readonly noise: NoiseResponder,
  ) {
    transport.onClose(() => {
      this.wake();
    });
  }

  receive(bytes: Buffer): void {
    try {
      this.receivedFrames.push(...this.reader.push(bytes));
    } catch {
      this.transport.destroy();
    }
    this.wake();
  }

  /**
   * Returns the next frame, also one that arrived before the client closed.
   * @throws {FlowStopped} after the last one
   */
  async nextFrame(): Promise<Buffer> {
    for (;;) {
      const next = this.receivedFrames.shift();
      if (next) return next;
      if (this.transport.closed.aborted) throw new FlowStopped('the client closed the connection');
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async nextStanza(): Promise<Stanza> {
    return decodeStanza(this.noise.decrypt(await this.nextFrame()));
  }

  async sendPlain(message: Uint8Array): Promise<void> {
    await this.transport.send(frame(message));
  }

  async send(stanza: Stanza): Promise<void> {
    await this.sendEncoded(encodeStanza(stanza));
  }

  /** @param encoded a byte of flags, then the stanza as binary XML */
  async sendEncoded(encoded: Buffer): Promise<void> {
    if (this.terminated) return;
    await this.transport.send(frame(this.noise.encrypt(encoded)));
  }

  /** Sends frames of zeros in one WebSocket message, without encryption. */
  async sendRawFrames(count: number, bytes: number): Promise<void> {
    const one = frame(Buffer.alloc(bytes));
    await this.transport.send(Buffer.alloc(one.length * count, one));
  }

  /** Sends a notification that the server starts on its own. */
  async sendNotification(type: string, content: Stanza, id = this.nextStanzaId()): Promise<void> {
    await this.send(element('notification', { from: SERVER_JID, type, id, t: unixTime() }, [content]));
  }

  /** Sends the last stanza and closes the stream, as WhatsApp does after a failure or stream error. */
  async terminate(stanza: Stanza): Promise<void> {
    if (this.terminated) return;
    const sent = this.send(stanza);
    this.terminated = true;
    await sent;
    await this.transport.close();
  }

  async sendGarbage(kind: GarbageKind): Promise<void> {
    const noise = randomBytes(64);
    if (kind === 'undecryptable' || !this.noise.established) return this.sendPlain(noise);
    if (kind === 'undecodable')
      return this.sendPlain(this.noise.encrypt(Buffer.concat([Buffer.of(0, 0xff), noise])));
    const sealed = this.noise.encrypt(encodeStanza(element('ib')));
    flipBit(sealed, 0);
    return this.sendPlain(sealed);
  }

  nextStanzaId(): string {
    this.lastStanzaId += 1;
    return `${this.id}-${this.lastStanzaId}`;
  }

  updateInfo(known: { phone?: string; registrationId?: number }): void {
    this.claimedPhone = known.phone ?? this.claimedPhone;
    this.registrationId = known.registrationId ?? this.registrationId;
  }

  info(): ConnectionInfo {
    const phone = this.device?.phone ?? this.claimedPhone;
    const registrationId = this.device?.registration.registrationId ?? this.registrationId;
    return {
      connectionId: this.id,
      references: this.pairing?.references ?? [],
      ...(this.kind && { kind: this.kind }),
      ...(phone !== undefined && { phone }),
      ...(this.device && { deviceJid: this.device.jid }),
      ...(registrationId !== undefined && { registrationId }),
    };
  }
}
