import { randomInt } from 'node:crypto';
import { PreKeyStore, type SignedPreKey } from '../device-keys/pre-key-store.js';
import type { Registration } from '../device-keys/registration-payload.js';
import { Phone } from '../phone/phone.js';
import { SERVER } from '../wire/stanza.js';
import { StanzaQueue } from './stanza-queue.js';

const HIGHEST_DEVICE_ID = 99;

export interface Device {
  readonly phone: string;
  readonly number: number;
  readonly jid: string;
  readonly lid: string;
  /** The Noise static key it registered with; no other may log in as this device. */
  readonly noiseKey: Buffer;
  readonly registration: Registration;
  readonly platform: string;
  readonly linkedAt: string;
  readonly preKeys: PreKeyStore;
  readonly queue: StanzaQueue;
  signedPreKey: SignedPreKey;
  /** Ids of the connections that act for it now. */
  readonly connections: Set<number>;
  mostConnections: number;
  takeovers: number;
  logins: number;
  /** What its latest login announced, `2.3000.1`. */
  clientVersion: string | undefined;
}

export class Account {
  readonly phoneDevice = new Phone();
  readonly devices = new Map<number, Device>();
  readonly lidUser = `${randomInt(100_000, 999_999)}${randomInt(100_000_000, 999_999_999)}`;
  /** As its devices say it of themselves; until then its number. */
  pushName: string;
  /** It links no companion without the account's passkey. */
  passkeyRequired = false;
  private lastNumber = 0;

  constructor(
    readonly phone: string,
    private readonly mostDevices: number,
  ) {
    this.pushName = phone;
  }

  /** Whether it has as many linked devices as an account may have (faq.whatsapp.com, "About linked devices"). */
  get isFull(): boolean {
    return this.devices.size >= this.mostDevices;
  }

  /** Numbers are not given out again soon: a removed device's number must not greet its successor. */
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
      connections: new Set(),
      mostConnections: 0,
      takeovers: 0,
      logins: 0,
      clientVersion: undefined,
    };
    this.devices.set(number, device);
    return device;
  }
}
