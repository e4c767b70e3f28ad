import { parseJid } from '../wire/jid.js';
import { Account, type Device } from './account.js';

/** Whom a JID means. */
export interface LocatedDevice {
  account: Account;
  device: Device | 'phone';
}

export class DeviceRegistry {
  private readonly accounts = new Map<string, Account>();
  private readonly accountsByLid = new Map<string, Account>();

  constructor(private readonly mostDevices: number) {}

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

  /** By number or by LID, with or without a device. */
  accountOf(jid: string | undefined): Account | undefined {
    const address = parseJid(jid);
    return address && (address.server === 'lid' ? this.accountsByLid : this.accounts).get(address.user);
  }

  /** A JID without a device means the phone. Undefined where there is no such account, or no such device. */
  locate(jid: string | undefined): LocatedDevice | undefined {
    const account = this.accountOf(jid);
    const number = parseJid(jid)?.device ?? 0;
    const device = number === 0 ? 'phone' : account?.devices.get(number);
    return account && device && { account, device };
  }

  remove(device: Device): void {
    this.accounts.get(device.phone)?.devices.delete(device.number);
  }

  /** Returns all devices, those of one phone, or the one with that JID. */
  devices(phone?: string, deviceJid?: string): Device[] {
    const accounts = phone === undefined ? this.accounts.values() : [this.accounts.get(phone)];
    const devices = [...accounts].flatMap((account) => [...(account?.devices.values() ?? [])]);
    return devices.filter(({ jid }) => (deviceJid ?? jid) === jid);
  }

  clear(): void {
    this.accounts.clear();
    this.accountsByLid.clear();
  }
}
