import type { StateView } from '../../../simulator/state/state-view.js';
import type { PairingView } from '../../../src/whatsapp/domain/pairing.js';
import { eventually } from '../../support/eventually.js';
import { LinkedAccount } from '../../support/processes/linked-account.js';
import type { Answer } from '../../support/processes/service-process.js';
import type { Action } from './random-run.js';
import { atTimeLimit } from '../../support/time/time-limit.js';

const ANSWER_WITHIN_MS = 15_000;
/** The only error codes that a valid call may get. */
const REFUSALS: readonly string[] = ['too_many_sessions', 'busy'];
/** Error codes of a call that waits for a code: the pairing was stopped, replaced, or failed in all its attempts. */
const WHILE_IT_WAITS: readonly string[] = [...REFUSALS, 'no_pairing', 'pairing_failed'];
const ANOTHER_NUMBER = '4915199999999';
/** A wrong code; a real code equals it with a probability of one in 2^40. */
const ANOTHER_CODE = 'WRNG-CDEX';

/** The phone code on the user's screen. */
interface Screen {
  readonly pairingCode?: string | null | undefined;
}

/** An account of a random run, with checks of its state. */
export class RacingAccount extends LinkedAccount {
  /** Answers that no call may get. */
  readonly unexpected: string[] = [];
  /** Whether its connection was cut, or the phone removed it. WhatsApp may then not know the stored device. */
  private disturbed = false;
  private outputBefore = 0;
  /** The phone codes that the screen has shown, the latest last. */
  private readonly codes: string[] = [];
  private readonly unconfirmed = new RegExp(
    `WARN: .*\\b${this.accountId} #\\d+: disconnected without confirmation`,
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
        return this.assertAnswered(action, service.pair(accountId));
      case 'pair by number':
        return this.assertAnswered(action, service.pair(accountId, { phoneNumber: phone }), WHILE_IT_WAITS);
      case 'pair by number, and type': {
        const call = service.pair(accountId, { phoneNumber: phone });
        await this.assertAnswered(action, call, WHILE_IT_WAITS);
        const answer = (await call).body as Screen;
        this.rememberCode(answer);
        return this.type(answer);
      }
      case 'pair, its number expected':
        return this.assertAnswered(action, service.pair(accountId, { expectedPhoneNumber: phone }));
      case 'pair, another number expected':
        return this.assertAnswered(action, service.pair(accountId, { expectedPhoneNumber: ANOTHER_NUMBER }), [
          ...REFUSALS,
          'other_number_linked',
        ]);
      case 'stop':
        return this.assertAnswered(action, service.stopPairing(accountId));
      case 'disconnect':
        return this.assertAnswered(action, service.disconnect(accountId));
      case 'scan':
        return this.scan();
      case 'type':
        return this.type(await this.readScreen());
      case 'type another code':
        await this.readScreen();
        return this.type({ pairingCode: ANOTHER_CODE });
      case 'type the code before':
        await this.readScreen();
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

  /** Returns the contradiction between service and phone; null when there is none. */
  async contradiction(state: StateView): Promise<string | null> {
    const { status, authExists, servicePhone } = await this.setup.service.status(this.accountId);
    const devices = state.devices.filter(({ phone }) => phone === this.phone);
    const left = this.failedLogouts();
    if (status === 'connected') {
      const online = devices.filter(({ connections }) => connections.length === 1);
      if (online.length !== 1 || servicePhone !== this.phone)
        return 'the account is connected, but the phone does not show it online';
    }
    if (devices.length > Number(authExists) + left)
      return 'the phone shows a device that the service cannot use';
    if (authExists && devices.length === 0 && !this.disturbed)
      return 'the account is linked, but the phone shows no device';
    return null;
  }

  /** After a stop: the stored device logs in, or it is cleared and a new code appears. */
  async assertRecovers(): Promise<void> {
    const { service } = this.setup;
    const { authExists } = await service.status(this.accountId);
    const devices = await this.devices();
    if (!authExists || this.failedLogouts() > 0) return;
    await this.assertAnswered('pair', service.pair(this.accountId));
    if (devices.length === 1) await service.reaches(this.accountId, 'connected');
    else await service.qr(this.accountId);
  }

  /** Number of devices that stay on the phone after a failed logout, counted in the log. */
  private failedLogouts(): number {
    const output = this.setup.service.output.slice(this.outputBefore);
    return output.split(this.unconfirmed).length - 1;
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

  /** Returns the current view; waits up to 500 ms for a code. */
  private async readScreen(): Promise<PairingView> {
    const view = async (): Promise<PairingView> => (await this.setup.service.view(this.accountId)).body;
    const isClear = async (): Promise<boolean> => {
      const { status, step } = await view();
      return status !== 'pending' || step !== null;
    };
    await eventually(isClear, 500, () => 'there is no code').catch(() => undefined);
    const seen = await view();
    this.rememberCode(seen);
    return seen;
  }

  private rememberCode({ pairingCode: code }: Screen): void {
    if (code && !this.codes.includes(code)) this.codes.push(code);
  }

  private async type({ pairingCode: code }: Screen): Promise<void> {
    if (!code) return;
    await this.setup.simulator.control.typeCode({ phone: this.phone, code, waitMs: 5_000 });
  }

  private async assertAnswered(
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
    const isAllowed = refusals.includes(code ?? '') && (code !== 'pairing_failed' || this.disturbed);
    if (status === 200 || isAllowed) return;
    this.unexpected.push(`${what}: ${status} ${JSON.stringify(body)}`);
  }
}
