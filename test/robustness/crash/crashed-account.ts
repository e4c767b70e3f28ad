import { LinkedAccount } from '../../support/processes/linked-account.js';
import type { Random } from '../../support/requests/random.js';
import type { Answer } from '../../support/processes/service-process.js';
import { isAnonymous } from './kill-points.js';
import type { PairingCourse, Point } from './kill-points.js';

const FIRST_PAIRINGS: readonly PairingCourse[] = [
  'pairing',
  'pairing by phone code',
  'pairing while another number is expected',
];
const ANOTHER_NUMBER = '4915199999999';
const WRONG_CODE = 'WRNG-CDEX';

function isByCode({ course }: Point): boolean {
  return course.endsWith('by phone code');
}

/** An account with an operation in progress when the service is killed. */
export class CrashedAccount extends LinkedAccount {
  /** Answers that no call may get. */
  readonly unexpected: string[] = [];
  /** Settles when the phone has finished its last scan or typed code. */
  private phoneResult: Promise<unknown> = Promise.resolve();

  /** Brings the account to the state in which the course begins. */
  async prepare(course: PairingCourse): Promise<void> {
    if (course.startsWith('pairing an account that has a passkey'))
      return this.setup.simulator.control.requirePasskey({ phone: this.phone });
    if (FIRST_PAIRINGS.includes(course)) return;
    await this.setup.link(this.accountId, this.phone);
    if (course === 'disconnecting while open') return;
    await this.drop();
    if (course !== 'pairing anew after the phone removed the device') return;
    await this.setup.simulator.control.removeDevices(this.phone);
  }

  /** Follows the course up to the point. Resolves when the connection is held there. */
  async goTo(point: Point): Promise<void> {
    const { service } = this.setup;
    if (point.from === 'call') {
      await this.plan(point);
      // A disconnect and a pairing by phone code answer only later. The kill comes first, so nothing waits for them.
      if (point.course.startsWith('disconnecting')) {
        void service.disconnect(this.accountId).catch(() => undefined);
      } else if (isByCode(point)) {
        void service.pair(this.accountId, { phoneNumber: this.phone }).catch(() => undefined);
      } else await service.pair(this.accountId);
      return this.isHeldAt(point);
    }
    const useCode = await this.showsACode(point);
    if (point.from === 'code') await this.plan(point);
    await useCode();
    if (point.from === 'code') await this.isHeldAt(point);
    else await service.reaches(this.accountId, 'connected');
  }

  /** Pairs until a code is shown. @returns a function with which the user scans or types the code */
  private async showsACode(point: Point): Promise<() => Promise<void>> {
    const { service } = this.setup;
    if (isByCode(point)) {
      const code = await this.showsPhoneCode();
      return () => this.types(code);
    }
    const isExpected = point.course !== 'pairing while another number is expected';
    await service.pair(this.accountId, isExpected ? {} : { expectedPhoneNumber: ANOTHER_NUMBER });
    await service.qr(this.accountId);
    return () => this.scan();
  }

  /** Pairs, scans, stops, drops and disconnects in random order until the service is killed. */
  async churn(random: Random): Promise<void> {
    const { service, simulator } = this.setup;
    const { accountId, phone } = this;
    const connected = (): Promise<unknown> => service.reaches(accountId, 'connected');
    const pair = (): Promise<void> => this.answered(service.pair(accountId));
    const types = (): Promise<void> => this.showsPhoneCode().then((code) => this.types(code));
    const disconnect = (): Promise<void> => this.answered(service.disconnect(accountId));
    const actions = [
      pair,
      disconnect,
      () => this.answered(service.stopPairing(accountId)),
      () => disconnect().then(pair),
      () => this.scan(),
      () => this.scan().then(connected),
      () => this.scan().then(pair),
      () => this.answered(service.pair(accountId, { phoneNumber: phone })),
      () => this.answered(service.pair(accountId, { expectedPhoneNumber: phone })),
      types,
      () => types().then(connected),
      () => types().then(pair),
      () => this.showsPhoneCode().then(() => this.types(WRONG_CODE)),
      () => simulator.control.act({ type: 'cut' }, { phone, kind: 'registration' }),
    ];
    while (service.isRunning) {
      const action = random.one(actions);
      // An action may fail because the service is being killed, or because no code is shown at the moment.
      await action().catch(() => undefined);
    }
  }

  /** Waits until the phone has finished, and brings the account to the state of a new account. */
  async clear(): Promise<void> {
    await this.phoneResult;
    await this.setup.simulator.control.requirePasskey({ phone: this.phone, required: false });
    await this.setup.service.disconnect(this.accountId);
    if ((await this.devices()).length > 0)
      throw new Error(`the phone still shows the device of ${this.accountId}`);
  }

  /** Waits for the answer of a call, and records an unexpected one. Rejects when the service is killed before it. */
  private async answered(call: Promise<Answer>): Promise<void> {
    const { status, body } = await call;
    if (status !== 200) this.unexpected.push(`${status} ${JSON.stringify(body)}`);
  }

  private async scan(): Promise<void> {
    const { value: qr } = await this.setup.service.qr(this.accountId);
    this.phoneResult = this.setup.simulator.control.scan({ phone: this.phone, qr }).catch(() => undefined);
  }

  private types(code: string): Promise<void> {
    const { phone, setup } = this;
    this.phoneResult = setup.simulator.control.typeCode({ phone, code }).catch(() => undefined);
    return Promise.resolve();
  }

  private async plan({ stage, when, whenGone, skip }: Point): Promise<void> {
    const where = isAnonymous(stage) ? {} : { where: { phone: this.phone } };
    await this.setup.simulator.control.addFault({
      stage,
      when,
      skip,
      action: { type: 'hold', whenGone },
      ...where,
    });
  }

  /**
   * Waits until a connection is held. It belongs to this account: the accounts of a round are held at different stages.
   */
  private async isHeldAt({ stage, when }: Point): Promise<void> {
    await this.setup.simulator.control.holds({ stage, when }, 10_000);
  }
}
