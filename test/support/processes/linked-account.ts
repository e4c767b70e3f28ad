import type { DeviceView } from '../../../simulator/state/state-view.js';
import type { PairingView } from '../../../src/whatsapp/domain/pairing.js';
import { eventually } from '../eventually.js';
import type { TestEnvironment } from './test-environment.js';

/** The state of an account, as the service and the phone show it together. */
export type AccountFinding =
  /** Neither the service nor the phone has the device. */
  | 'nothing'
  /** Both have the device, and the stored credentials log in. */
  | 'linked'
  /**
   * The service has credentials that WhatsApp does not know, and the phone shows no device. The next call clears them.
   */
  | 'unknown to WhatsApp'
  /** The device was removed on the phone. The service has deleted the credentials and reports this. */
  | 'unlinked';

/** An account of the service, and the phone that it is or is not linked to. */
export class LinkedAccount {
  constructor(
    protected readonly setup: TestEnvironment,
    readonly accountId: string,
    readonly phone: string,
  ) {}

  /**
   * Returns the state of an account without a session. Starts a pairing without a scan, so that the account is
   * connected or shows a code afterwards.
   * @throws when service and phone contradict each other
   */
  async find(): Promise<AccountFinding> {
    const { service } = this.setup;
    const { status, authExists } = await service.status(this.accountId);
    const device = await this.device();
    if (!authExists && device) throw new Error('the phone shows a device that the service cannot use');
    if (status !== 'idle') throw new Error(`the status of the account is ${status} and not idle`);
    await service.pair(this.accountId);
    if (device) return this.isConnected(device);
    await this.showsCode();
    return authExists ? 'unknown to WhatsApp' : 'nothing';
  }

  /**
   * Returns the state of the account after a start of the service. Starts no pairing.
   * @throws when service and phone contradict each other
   */
  async findStarted(): Promise<AccountFinding> {
    const { service } = this.setup;
    const device = await this.device();
    const { authExists } = await service.status(this.accountId);
    if (!authExists && device) throw new Error('the phone shows a device that the service cannot use');
    if (device) return this.isConnected(device);
    await eventually(
      async () => !(await service.status(this.accountId)).authExists,
      5_000,
      () => 'the service has not cleared credentials that WhatsApp does not know',
    );
    const { status, error } = (await service.view(this.accountId)).body as PairingView;
    if (status === 'idle' && !error) return 'nothing';
    if (status === 'error' && error?.code === 'unlinked_by_phone') return 'unlinked';
    throw new Error(`the status of the account is ${status}, its error ${String(error?.code)}`);
  }

  /** Starts a pairing by the account's own number. @returns the phone code, as soon as WhatsApp has accepted it */
  async showsPhoneCode(): Promise<string> {
    const { service } = this.setup;
    const { status, body } = await service.pair(this.accountId, { phoneNumber: this.phone });
    if (status !== 200 || (body as { status: string }).status !== 'pending')
      throw new Error(`the service did not start a pairing by phone code: ${status} ${JSON.stringify(body)}`);
    return this.phoneCode();
  }

  /** Waits for a phone code that differs from `before`, and returns it. */
  async phoneCode(before: string | null = null): Promise<string> {
    let code: string | null = null;
    await eventually(
      async () => {
        const { body } = await this.setup.service.view(this.accountId);
        code = (body as PairingView).pairingCode;
        return code !== null && code !== before;
      },
      10_000,
      () => `the account shows no new code after ${String(before)}, but ${String(code)}`,
    );
    return String(code);
  }

  async devices(): Promise<DeviceView[]> {
    const { devices } = await this.setup.simulator.control.state();
    return devices.filter(({ phone }) => phone === this.phone);
  }

  /** Cuts the connection, so that the account is linked and not connected. Needs the timings `STAYS_DOWN`. */
  async drop(): Promise<void> {
    const { accountId, phone } = this;
    await this.setup.simulator.control.act({ type: 'cut' }, { phone });
    await this.setup.service.reaches(accountId, 'idle');
  }

  private async device(): Promise<DeviceView | undefined> {
    const [device, another] = await this.devices();
    if (another) throw new Error('the phone shows two devices');
    return device;
  }

  /** Waits until the stored credentials have logged in as the device that the phone shows. */
  private async isConnected({ jid }: DeviceView): Promise<'linked'> {
    const { servicePhone } = await this.setup.service.reaches(this.accountId, 'connected');
    const now = await this.device();
    if (servicePhone !== this.phone || now?.jid !== jid)
      throw new Error('the account is connected as another device or phone');
    return 'linked';
  }

  /** Expects that the session continues to a first code automatically, without an error. */
  private async showsCode(): Promise<void> {
    const { accountId } = this;
    const { service } = this.setup;
    const { sequence } = await service.qr(accountId);
    const { status, authExists } = await service.status(accountId);
    if (sequence === 1 && status === 'pending' && !authExists) return;
    throw new Error(
      `the code has the number ${sequence}, the status is ${status}, and authExists is ${authExists}`,
    );
  }
}
