import type { StateView } from '../../simulator/server/state-view.js';
import { Link } from '../support/link.js';
import type { Answer } from '../support/service-process.js';
import type { Deed } from './run.js';

const ANSWER_WITHIN_MS = 15_000;
/** The only refusals that a correct call may meet. */
const REFUSALS = ['too_many_sessions', 'busy'];

/** An account that takes part in a run. */
export class Contestant extends Link {
  /** What no call should ever have got. */
  readonly unexpected: string[] = [];
  /** Its connection was broken, or the phone removed it: then WhatsApp may not know what is stored. */
  private disturbed = false;
  private outputBefore = 0;
  private readonly unconfirmed = new RegExp(
    `WARN: .*\\b${this.accountId} #\\d+: disconnected, but not everywhere`,
  );

  begin(): void {
    this.disturbed = false;
    this.outputBefore = this.world.service.output.length;
  }

  async do(deed: Deed): Promise<void> {
    const { service, simulator } = this.world;
    const { accountId, phone } = this;
    switch (deed) {
      case 'pair':
        return this.answered(deed, service.pair(accountId));
      case 'stop':
        return this.answered(deed, service.stopPairing(accountId));
      case 'disconnect':
        return this.answered(deed, service.disconnect(accountId));
      case 'scan':
        return this.scan();
      case 'cut':
      case 'restart':
      case 'server error':
        this.disturbed = true;
        await simulator.control.act(
          deed === 'cut' ? { type: 'cut' } : { type: 'stream_error', code: deed === 'restart' ? 515 : 503 },
          { phone },
        );
        return;
      case 'remove':
        this.disturbed = true;
        await simulator.control.removeDevices(phone);
    }
  }

  /** Why service and phone contradict each other now; null when they do not, null too while something is under way. */
  async contradiction(state: StateView): Promise<string | null> {
    const { status, authExists, servicePhone } = await this.world.service.status(this.accountId);
    const devices = state.devices.filter(({ phone }) => phone === this.phone);
    const left = this.failedLogouts();
    if (status === 'connected') {
      const online = devices.filter(({ connections }) => connections.length === 1);
      if (online.length !== 1 || servicePhone !== this.phone) return 'connected, and not on the phone';
    }
    if (devices.length > Number(authExists) + left)
      return 'the phone shows a device that the service cannot use';
    if (authExists && devices.length === 0 && !this.disturbed) return 'linked, and not on the phone';
    return null;
  }

  /** Stopped and not connected: what is stored logs in, or is cleared and replaced by a code. */
  async goesOn(): Promise<void> {
    const { service } = this.world;
    const { authExists } = await service.status(this.accountId);
    const devices = await this.devices();
    if (!authExists || this.failedLogouts() > 0) return;
    await this.answered('pair', service.pair(this.accountId));
    if (devices.length === 1) await service.reaches(this.accountId, 'connected');
    else await service.qr(this.accountId);
  }

  /** Devices that stay on the phone because their logout did not come through, each of them told in the log. */
  private failedLogouts(): number {
    const told = this.world.service.output.slice(this.outputBefore);
    return told.split(this.unconfirmed).length - 1;
  }

  private async scan(): Promise<void> {
    const { service, simulator } = this.world;
    const code = await service.call(
      'GET',
      `/api/whatsapp/pair/qr?accountId=${this.accountId}&format=json&waitMs=500`,
    );
    if (code.status !== 200) return;
    const { value: qr } = code.body as { value: string };
    await simulator.control.scan({ phone: this.phone, qr, waitMs: 5_000 });
  }

  private async answered(what: string, call: Promise<Answer>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        reject,
        ANSWER_WITHIN_MS,
        new Error(`${this.accountId}: ${what} was never answered`),
      );
    });
    const { status, body } = await Promise.race([call, late]).finally(() => {
      clearTimeout(timer);
    });
    const { code } = body as { code?: string };
    if (status === 200 || (status === 429 && REFUSALS.includes(code ?? ''))) return;
    this.unexpected.push(`${what}: ${status} ${JSON.stringify(body)}`);
  }
}
