import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import type { MediaFault, MediaHost } from '../media/media-host.js';
import type { Account, Device } from '../server/account.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { Metrics } from '../server/metrics.js';
import { element, unixTime, type Stanza } from '../wire/stanza.js';
import type { MessageRouter } from './message-router.js';

/** The addressees and the sender of a message within one account. */
interface OwnMessage {
  phone: string;
  /** The device that sends: 0 is the phone, any other number a companion that need not be linked. Default 0. */
  sender?: number;
  /** One of the linked devices. Default: all. */
  deviceJid?: string;
  /** The id of the message. Default: a new one. */
  id?: string;
  /** Whether the sender's address is its LID. Default false. */
  byLid?: boolean;
}

export interface OwnMessageRequest extends OwnMessage {
  /** A `proto.Message` in base64. */
  content: string;
}

export interface HistoryRequest extends OwnMessage {
  /** `HistorySync.HistorySyncType`. Default 0, INITIAL_BOOTSTRAP. */
  syncType?: number;
  /** The compressed `proto.HistorySync`, or any other bytes, in base64. */
  payload: string;
  /** Offers the payload at the media host instead of in the message. Default false. */
  download?: boolean;
  /** What the media host does instead of the answer. */
  mediaFault?: MediaFault;
  chunkOrder?: number;
  progress?: number;
}

/**
 * Sends messages from the devices of an account to its linked devices: from the phone (device 0) as a peer message,
 * from a companion as a message to the own number.
 */
export class OwnDeviceSender {
  private lastId = 0;

  constructor(
    private readonly metrics: Metrics,
    private readonly registry: DeviceRegistry,
    private readonly router: MessageRouter,
    private readonly media: MediaHost,
  ) {}

  /** @returns the number of devices that the message is for */
  send({ content, ...message }: OwnMessageRequest): number {
    return this.sendBytes(message, Buffer.from(content, 'base64'));
  }

  /** Sends `protocolMessage { HISTORY_SYNC_NOTIFICATION }`. @returns the number of devices that it is for */
  sendHistory({
    syncType = 0,
    payload,
    download = false,
    mediaFault,
    chunkOrder,
    progress,
    ...to
  }: HistoryRequest): number {
    const bytes = Buffer.from(payload, 'base64');
    const content = download
      ? this.media.offer(bytes, 'WhatsApp History Keys', mediaFault)
      : { initialHistBootstrapInlinePayload: bytes };
    const historySyncNotification = { syncType, chunkOrder, progress, ...content };
    const type = proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION;
    const message = proto.Message.fromObject({ protocolMessage: { type, historySyncNotification } });
    return this.sendBytes(to, proto.Message.encode(message).finish());
  }

  private sendBytes({ phone, deviceJid, ...message }: OwnMessage, content: Uint8Array): number {
    const account = this.registry.account(phone);
    const devices = this.registry.devices(phone, deviceJid);
    for (const device of devices) {
      const stanza = this.stanza(account, device, message, content);
      this.router.enqueue(device, { kind: 'message', stanza });
    }
    return devices.length;
  }

  private stanza(
    account: Account,
    device: Device,
    { sender = 0, id = this.newId(), byLid = false }: Omit<OwnMessage, 'phone' | 'deviceJid'>,
    content: Uint8Array,
  ): Stanza {
    const preKey = device.preKeys.handOut();
    if (preKey) this.metrics.count('preKeysHandedOut');
    const bundle = { ...device.registration, signedPreKey: device.signedPreKey, preKey };
    const encrypted = account.signalSender(sender).encrypt(bundle, content);
    const { jid, lid } = sender === 0 ? account : account.address(sender);
    // Baileys' decode-wa-message.js: peer messages of the phone have no recipient.
    const kind = sender === 0 ? { category: 'peer' } : { recipient: byLid ? account.lid : account.jid };
    return element('message', { from: byLid ? lid : jid, id, t: unixTime(), type: 'text', ...kind }, [
      element('enc', { v: '2', type: 'pkmsg' }, encrypted),
    ]);
  }

  private newId(): string {
    return `OWN${String((this.lastId += 1)).padStart(8, '0')}`;
  }
}
