import { InvalidRequest } from '../faults/invalid-request.js';
import type { HistoryRequest, OwnMessageRequest } from '../messages/own-device-sender.js';
import type { PasskeyRequirement } from '../pairing/passkey-handler.js';
import type { ScanRequest } from '../pairing/scan-handler.js';
import type { TypeCodeRequest } from '../phone-code/code-entry-handler.js';
import type { PairingResult } from '../server/pairing-result.js';
import { PHONE_NUMBER } from '../wire/jid.js';
import type { Components } from './components.js';

export interface PushName {
  phone: string;
  name: string;
}

export interface BusinessRequest {
  phone: string;
  name: string;
  /** Whether the account is also hosted in the cloud ("coexistence"). Default false. */
  hosted?: boolean;
}

/** Actions of a user at the phone. Every method throws `InvalidRequest` for a text that is no phone number. */
export class PhoneCommands {
  constructor(private readonly components: () => Components) {}

  /** Scans a QR code. Resolves when the device is linked, refused, or `waitMs` is over. */
  async scan(request: ScanRequest): Promise<PairingResult> {
    assertPhoneNumber(request.phone);
    return this.components().scans.scan(request);
  }

  /** Types a phone code. Resolves as `scan` does. */
  async typeCode(request: TypeCodeRequest): Promise<PairingResult> {
    assertPhoneNumber(request.phone);
    return this.components().codeEntry.type(request);
  }

  /** Makes an account require its passkey for every new device, by QR code and by phone code, or stops that. */
  requirePasskey({ phone, required = true }: PasskeyRequirement): void {
    assertPhoneNumber(phone);
    this.components().registry.account(phone).passkeyRequired = required;
  }

  /** Sends a message from a device of the account. @returns the number of devices that it is for */
  sendOwn(request: OwnMessageRequest): number {
    assertPhoneNumber(request.phone);
    return this.components().ownDevices.send(request);
  }

  /** Sends a history from a device of the account. @returns the number of devices that it is for */
  sendHistory(request: HistoryRequest): number {
    assertPhoneNumber(request.phone);
    return this.components().ownDevices.sendHistory(request);
  }

  /** Sets the name of the account, as its user does on the phone. The next message of the account carries it. */
  setPushName({ phone, name }: PushName): void {
    assertPhoneNumber(phone);
    this.components().registry.account(phone).pushName = name;
  }

  /** Makes the account a business account: new companions get its name, and its hosted identity. */
  setBusiness({ phone, name, hosted = false }: BusinessRequest): void {
    assertPhoneNumber(phone);
    this.components().registry.account(phone).business = { name, hosted };
  }

  /** Logs out one device of the account, or all of them. @returns the number of removed devices */
  async removeDevices(phone: string, deviceJid?: string): Promise<number> {
    const { registry, metrics, logins, changes } = this.components();
    const devices = registry.devices(phone, deviceJid);
    metrics.count('removals', devices.length);
    await Promise.all(devices.map((device) => logins.remove(device)));
    changes.notify();
    return devices.length;
  }
}

function assertPhoneNumber(phone: string): void {
  if (!PHONE_NUMBER.test(phone)) throw new InvalidRequest('a phone number must have 5 to 15 digits');
}
