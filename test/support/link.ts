import type { DeviceView } from '../../simulator/server/state-view.js';
import type { World } from './world.js';

/** What service and phone together say about an account that has no session. */
export type Finding =
  /** Neither the service nor the phone knows a link. */
  | 'nothing'
  /** Both do, and the stored credentials log in. */
  | 'linked'
  /** Credentials that WhatsApp does not know, or no longer; nothing on the phone. They are cleared by the next call. */
  | 'unknown to WhatsApp';

/** An account of the service and the phone that it is, or is not, linked to. */
export class Link {
  constructor(
    protected readonly world: World,
    readonly accountId: string,
    readonly phone: string,
  ) {}

  /**
   * Finds out by pairing, without a scan; afterwards the account is connected or shows a code.
   * @throws when service and phone contradict each other
   */
  async find(): Promise<Finding> {
    const { accountId, phone } = this;
    const { service } = this.world;
    const { status, authExists } = await service.status(accountId);
    const [device, another] = await this.devices();
    if (another) throw new Error('the phone shows two devices');
    if (!authExists && device) throw new Error('the phone shows a device that the service cannot use');
    if (status !== 'idle') throw new Error(`its status is ${status}`);
    await service.pair(accountId);
    if (!device) {
      await this.showsCode();
      return authExists ? 'unknown to WhatsApp' : 'nothing';
    }
    const { servicePhone } = await service.reaches(accountId, 'connected');
    const [now, more] = await this.devices();
    if (servicePhone !== phone || now?.jid !== device.jid || more) throw new Error('it is not the same link');
    return 'linked';
  }

  async devices(): Promise<DeviceView[]> {
    const { devices } = await this.world.simulator.control.state();
    return devices.filter(({ phone }) => phone === this.phone);
  }

  /** The connection breaks, and the account is linked and down. */
  async drop(): Promise<void> {
    const { accountId, phone } = this;
    await this.world.simulator.control.act({ type: 'cut' }, { phone });
    await this.world.service.reaches(accountId, 'idle');
  }

  /** The session goes on to a code by itself, and nobody is told of an error. */
  private async showsCode(): Promise<void> {
    const { accountId } = this;
    const { service } = this.world;
    const { sequence } = await service.qr(accountId);
    const { status, authExists } = await service.status(accountId);
    if (sequence === 1 && status === 'pending' && !authExists) return;
    throw new Error(`a fresh code ${sequence}, and the account is ${status}, linked ${authExists}`);
  }
}
