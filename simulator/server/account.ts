import { randomInt } from 'node:crypto';
import { PreKeyStore, type SignedPreKey } from '../device-keys/pre-key-store.js';
import type { Registration } from '../device-keys/registration-payload.js';
import { Phone } from '../phone/phone.js';
import { SignalSender } from '../phone/signal-sender.js';
import { SERVER } from '../wire/stanza.js';
import { StanzaQueue } from './stanza-queue.js';

const HIGHEST_DEVICE_ID = 99;

/** A linked companion device of an account. */
export interface Device {
  readonly phone: string;
  readonly number: number;
  readonly jid: string;
  readonly lid: string;
  /** The Noise static key of the registration. A login as this device must use the same key. */
  readonly noiseKey: Buffer;
  readonly registration: Registration;
  readonly platform: string;
  readonly linkedAt: string;
  readonly preKeys: PreKeyStore;
  readonly queue: StanzaQueue;
  signedPreKey: SignedPreKey;
  /** The types of its latest `<presence>` stanzas, oldest first; at most 100. */
  readonly presences: string[];
  mostConnections: number;
  takeovers: number;
  logins: number;
  /** The version that the latest login announced, such as `2.3000.1`. */
  clientVersion: string | undefined;
}

export interface Business {
  readonly name: string;
  readonly hosted: boolean;
}

/** One WhatsApp account: its phone (device 0) and its linked devices. */
export class Account {
  readonly phoneDevice = new Phone();
  readonly devices = new Map<number, Device>();
  readonly lidUser = `${randomInt(100_000, 999_999)}${randomInt(100_000_000, 999_999_999)}`;
  /** The name that a device last announced in `<presence>`; the phone number before that. */
  pushName: string;
  /** Set for a business account: its verified name, and whether it is also hosted in the cloud ("coexistence"). */
  business: Business | undefined;
  /** Whether every new companion needs the account's passkey. */
  passkeyRequired = false;
  /** The keys of companions that exist only as senders, by device number. */
  private readonly senders = new Map<number, SignalSender>();
  private lastNumber = 0;

  constructor(
    readonly phone: string,
    private readonly mostDevices: number,
  ) {
    this.pushName = phone;
  }

  /**
   * Whether the account has the highest allowed number of linked devices (faq.whatsapp.com, "About linked devices").
   */
  get isFull(): boolean {
    return this.devices.size >= this.mostDevices;
  }

  /**
   * Returns a free device number. Counts up to 99 before it reuses one: a new device must not get the number of a
   * device that was just removed.
   */
  nextNumber(): number {
    do {
      this.lastNumber = (this.lastNumber % HIGHEST_DEVICE_ID) + 1;
    } while (this.devices.has(this.lastNumber));
    return this.lastNumber;
  }

  get jid(): string {
    return `${this.phone}@${SERVER}`;
  }

  get lid(): string {
    return `${this.lidUser}@lid`;
  }

  address(number: number): { jid: string; lid: string } {
    return { jid: `${this.phone}:${number}@${SERVER}`, lid: `${this.lidUser}:${number}@lid` };
  }

  /** Returns the keys with which a device of the account sends; 0 is the phone. */
  signalSender(number: number): SignalSender {
    if (number === 0) return this.phoneDevice.signalSender;
    const sender = this.senders.get(number) ?? new SignalSender();
    this.senders.set(number, sender);
    return sender;
  }

  add(number: number, noiseKey: Buffer, registration: Registration, platform: string): Device {
    const device: Device = {
      phone: this.phone,
      number,
      ...this.address(number),
      noiseKey,
      registration,
      platform,
      linkedAt: new Date().toISOString(),
      preKeys: new PreKeyStore(),
      queue: new StanzaQueue(),
      signedPreKey: registration.signedPreKey,
      presences: [],
      mostConnections: 0,
      takeovers: 0,
      logins: 0,
      clientVersion: undefined,
    };
    this.devices.set(number, device);
    return device;
  }
}
