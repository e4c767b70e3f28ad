import { parseJid } from '../wire/jid.js';
import { Account, type Device } from './account.js';

/** The account and device that a JID addresses. */
interface LocatedDevice {
  account: Account;
  device: Device | 'phone';
}

/** All accounts and their linked devices. A new account needs a call of the control API; no client can create one. */
export class DeviceRegistry {
  private readonly accounts = new Map<string, Account>();
  private readonly accountsByLid = new Map<string, Account>();

  constructor(private readonly mostDevices: number) {}

  /** Returns the account of the number; creates it when it does not exist. */
  account(phone: string): Account {
    let account = this.accounts.get(phone);
    if (!account) {
      account = new Account(phone, this.mostDevices);
      this.accounts.set(phone, account);
      this.accountsByLid.set(account.lidUser, account);
    }
    return account;
  }

  find(phone: string, number: number): Device | undefined {
    return this.accounts.get(phone)?.devices.get(number);
  }

  /** Finds an account by number or by LID. Ignores the device part of the JID. */
  accountOf(jid: string | undefined): Account | undefined {
    const address = parseJid(jid);
    return address && (address.server === 'lid' ? this.accountsByLid : this.accounts).get(address.user);
  }

  /**
   * Finds a device; a JID without a device part is the phone. Undefined when the account or the device does not exist.
   */
  locate(jid: string | undefined): LocatedDevice | undefined {
    const account = this.accountOf(jid);
    const number = parseJid(jid)?.device ?? 0;
    const device = number === 0 ? 'phone' : account?.devices.get(number);
    return account && device && { account, device };
  }

  remove(device: Device): void {
    this.accounts.get(device.phone)?.devices.delete(device.number);
  }

  /** Returns all devices, the devices of one phone, or the device with that JID. */
  devices(phone?: string, deviceJid?: string): Device[] {
    const accounts = phone === undefined ? this.accounts.values() : [this.accounts.get(phone)];
    const devices = [...accounts].flatMap((account) => [...(account?.devices.values() ?? [])]);
    return devices.filter(({ jid }) => (deviceJid ?? jid) === jid);
  }
}
