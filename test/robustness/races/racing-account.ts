import type { StateView } from '../../../simulator/state/state-view.js';
import type { PairingView } from '../../../src/whatsapp/domain/pairing.js';
import { eventually } from '../../support/eventually.js';
import { LinkedAccount } from '../../support/processes/linked-account.js';
import type { Answer } from '../../support/processes/service-process.js';
import type { Action } from './random-run.js';
import { atTimeLimit } from '../../support/time/time-limit.js';

const ANSWER_WITHIN_MS = 15_000;
/** The only refusals that a correct call may meet. */
const REFUSALS: readonly string[] = ['too_many_sessions', 'busy'];
/** A call that waits for a code is told when the pairing has been stopped, replaced, or broken more often than it tries. */
const WHILE_IT_WAITS: readonly string[] = [...REFUSALS, 'no_pairing', 'pairing_failed'];
const ANOTHER_NUMBER = '4915199999999';
/** Eight signs that no code will ever happen to be: one in 2^40. */
const ANOTHER_CODE = 'WRNG-CDEX';

/** What a person can see of a phone code. */
interface Screen {
  readonly pairingCode?: string | null | undefined;
}

/** An account that takes part in a run. */
export class RacingAccount extends LinkedAccount {
  /** What no call should ever have got. */
  readonly unexpected: string[] = [];
  /** Its connection was broken, or the phone removed it: then WhatsApp may not know what is stored. */
  private disturbed = false;
  private outputBefore = 0;
  /** The phone codes that were seen on the screen, the latest last. */
  private readonly codes: string[] = [];
  private readonly unconfirmed = new RegExp(
    `WARN: .*\\b${this.accountId} #\\d+: disconnected, but not everywhere`,
  );

  begin(): void {
    this.disturbed = false;
    this.codes.length = 0;
    this.outputBefore = this.setup.service.output.length;
  }

  async do(action: Action): Promise<void> {
    const { service, simulator } = this.setup;
    const { accountId, phone } = this;
    switch (action) {
      case 'pair':
        return this.answered(action, service.pair(accountId));
      case 'pair by number':
        return this.answered(action, service.pair(accountId, { phoneNumber: phone }), WHILE_IT_WAITS);
      case 'pair by number, and type': {
        const call = service.pair(accountId, { phoneNumber: phone });
        await this.answered(action, call, WHILE_IT_WAITS);
        const answer = (await call).body as Screen;
        this.note(answer);
        return this.type(answer);
      }
      case 'pair, its number expected':
        return this.answered(action, service.pair(accountId, { expectedPhoneNumber: phone }));
      case 'pair, another number expected':
        return this.answered(action, service.pair(accountId, { expectedPhoneNumber: ANOTHER_NUMBER }), [
          ...REFUSALS,
          'other_number_linked',
        ]);
      case 'stop':
        return this.answered(action, service.stopPairing(accountId));
      case 'disconnect':
        return this.answered(action, service.disconnect(accountId));
      case 'scan':
        return this.scan();
      case 'type':
        return this.type(await this.look());
      case 'type another code':
        await this.look();
        return this.type({ pairingCode: ANOTHER_CODE });
      case 'type the code before':
        await this.look();
        return this.type({ pairingCode: this.codes.at(-2) });
      case 'cut':
      case 'restart':
      case 'server error':
        this.disturbed = true;
        await simulator.control.act(
          action === 'cut'
            ? { type: 'cut' }
            : { type: 'stream_error', code: action === 'restart' ? 515 : 503 },
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
    const { status, authExists, servicePhone } = await this.setup.service.status(this.accountId);
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
    const { service } = this.setup;
    const { authExists } = await service.status(this.accountId);
    const devices = await this.devices();
    if (!authExists || this.failedLogouts() > 0) return;
    await this.answered('pair', service.pair(this.accountId));
    if (devices.length === 1) await service.reaches(this.accountId, 'connected');
    else await service.qr(this.accountId);
  }

  /** Devices that stay on the phone because their logout did not come through, each of them told in the log. */
  private failedLogouts(): number {
    const told = this.setup.service.output.slice(this.outputBefore);
    return told.split(this.unconfirmed).length - 1;
  }

  private async scan(): Promise<void> {
    const { service, simulator } = this.setup;
    const code = await service.call(
      'GET',
      `/api/whatsapp/pair/qr?accountId=${this.accountId}&format=json&waitMs=500`,
    );
    if (code.status !== 200) return;
    const { value: qr } = code.body as { value: string };
    await simulator.control.scan({ phone: this.phone, qr, waitMs: 5_000 });
  }

  /** What is on the screen; waits a moment for a code that is on its way. */
  private async look(): Promise<PairingView> {
    const view = async (): Promise<PairingView> => (await this.setup.service.view(this.accountId)).body;
    const isClear = async (): Promise<boolean> => {
      const { status, step } = await view();
      return status !== 'pending' || step !== null;
    };
    await eventually(isClear, 500, () => 'it shows nothing').catch(() => undefined);
    const seen = await view();
    this.note(seen);
    return seen;
  }

  private note({ pairingCode: code }: Screen): void {
    if (code && !this.codes.includes(code)) this.codes.push(code);
  }

  private async type({ pairingCode: code }: Screen): Promise<void> {
    if (!code) return;
    await this.setup.simulator.control.typeCode({ phone: this.phone, code, waitMs: 5_000 });
  }

  private async answered(
    what: string,
    call: Promise<Answer>,
    refusals: readonly string[] = REFUSALS,
  ): Promise<void> {
    let stop: (() => void) | undefined;
    const late = new Promise<never>((_, reject) => {
      stop = atTimeLimit(ANSWER_WITHIN_MS, () => {
        reject(new Error(`${this.accountId}: ${what} was never answered`));
      });
    });
    const { status, body } = await Promise.race([call, late]).finally(stop);
    const { code } = body as { code?: string };
    const mayBe = refusals.includes(code ?? '') && (code !== 'pairing_failed' || this.disturbed);
    if (status === 200 || mayBe) return;
    this.unexpected.push(`${what}: ${status} ${JSON.stringify(body)}`);
  }
}
