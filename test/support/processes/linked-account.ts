import type { DeviceView } from '../../../simulator/state/state-view.js';
import type { PairingView } from '../../../src/whatsapp/domain/pairing.js';
import { eventually } from '../eventually.js';
import type { TestEnvironment } from './test-environment.js';

/** What service and phone together say about an account. */
export type AccountFinding =
  /** Neither the service nor the phone knows a link. */
  | 'nothing'
  /** Both do, and the stored credentials log in. */
  | 'linked'
  /** Credentials that WhatsApp does not know; nothing on the phone. They are cleared by the next call. */
  | 'unknown to WhatsApp'
  /** The device is not on the phone any more; the credentials are gone, and the service says so. */
  | 'unlinked';

/** An account of the service and the phone that it is, or is not, linked to. */
export class LinkedAccount {
  constructor(
    protected readonly setup: TestEnvironment,
    readonly accountId: string,
    readonly phone: string,
  ) {}

  /**
   * Finds out about an account that has no session by pairing, without a scan; afterwards it is connected or shows a code.
   * @throws when service and phone contradict each other
   */
  async find(): Promise<AccountFinding> {
    const { service } = this.setup;
    const { status, authExists } = await service.status(this.accountId);
    const device = await this.device();
    if (!authExists && device) throw new Error('the phone shows a device that the service cannot use');
    if (status !== 'idle') throw new Error(`its status is ${status}`);
    await service.pair(this.accountId);
    if (device) return this.isConnected(device);
    await this.showsCode();
    return authExists ? 'unknown to WhatsApp' : 'nothing';
  }

  /**
   * Finds out what has become of the account after a start of the service, without a call.
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
      () => 'credentials that WhatsApp does not know were not cleared',
    );
    const { status, error } = (await service.view(this.accountId)).body as PairingView;
    if (status === 'idle' && !error) return 'nothing';
    if (status === 'error' && error?.code === 'unlinked_by_phone') return 'unlinked';
    throw new Error(`its status is ${status}, ${String(error?.code)}`);
  }

  /** Pairs by the account's own number. @returns the code, as soon as WhatsApp has accepted it */
  async showsPhoneCode(): Promise<string> {
    const { service } = this.setup;
    const { status, body } = await service.pair(this.accountId, { phoneNumber: this.phone });
    if (status !== 200 || (body as { status: string }).status !== 'pending')
      throw new Error(`no phone code: ${status} ${JSON.stringify(body)}`);
    return this.phoneCode();
  }

  /** The code on the screen that is not the one before, as soon as there is one. */
  async phoneCode(before: string | null = null): Promise<string> {
    let code: string | null = null;
    await eventually(
      async () => {
        const { body } = await this.setup.service.view(this.accountId);
        code = (body as PairingView).pairingCode;
        return code !== null && code !== before;
      },
      10_000,
      () => `it shows no new code after ${String(before)}, but ${String(code)}`,
    );
    return String(code);
  }

  async devices(): Promise<DeviceView[]> {
    const { devices } = await this.setup.simulator.control.state();
    return devices.filter(({ phone }) => phone === this.phone);
  }

  /** The connection breaks, and the account is linked and down. Only where links stay down (`STAYS_DOWN`). */
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

  /** The stored credentials log in as the device that the phone shows. */
  private async isConnected({ jid }: DeviceView): Promise<'linked'> {
    const { servicePhone } = await this.setup.service.reaches(this.accountId, 'connected');
    const now = await this.device();
    if (servicePhone !== this.phone || now?.jid !== jid) throw new Error('it is not the same link');
    return 'linked';
  }

  /** The session goes on to a code by itself, and nobody is told of an error. */
  private async showsCode(): Promise<void> {
    const { accountId } = this;
    const { service } = this.setup;
    const { sequence } = await service.qr(accountId);
    const { status, authExists } = await service.status(accountId);
    if (sequence === 1 && status === 'pending' && !authExists) return;
    throw new Error(`a fresh code ${sequence}, and the account is ${status}, linked ${authExists}`);
  }
}
