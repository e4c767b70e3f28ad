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

/** An account that is in the middle of something when the service is killed. */
export class CrashedAccount extends LinkedAccount {
  /** Answers that no call should have got. */
  readonly unexpected: string[] = [];
  private agreeing: Promise<unknown> = Promise.resolve();

  /** Brings the account to where the course begins. */
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

  /** Goes the course up to the point; resolves when the connection is held there. */
  async goTo(point: Point): Promise<void> {
    const { service } = this.setup;
    if (point.from === 'call') {
      await this.plan(point);
      // What answers when it is done, or when there is a code; here it never is.
      if (point.course.startsWith('disconnecting')) {
        void service.disconnect(this.accountId).catch(() => undefined);
      } else if (isByCode(point)) {
        void service.pair(this.accountId, { phoneNumber: this.phone }).catch(() => undefined);
      } else await service.pair(this.accountId);
      return this.isHeldAt(point);
    }
    const agrees = await this.showsACode(point);
    if (point.from === 'code') await this.plan(point);
    await agrees();
    if (point.from === 'code') await this.isHeldAt(point);
    else await service.reaches(this.accountId, 'connected');
  }

  /** @returns what the person does with the code that is shown now */
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

  /** Pairs, scans, stops, drops and disconnects until the service is dead. */
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
      // What fails here fails because the service is being killed, or because there is no code to scan just now.
      await action().catch(() => undefined);
    }
  }

  /** Resolves when no phone waits for an answer any more, and leaves the account as nobody has ever used it. */
  async clear(): Promise<void> {
    await this.agreeing;
    await this.setup.simulator.control.requirePasskey({ phone: this.phone, required: false });
    await this.setup.service.disconnect(this.accountId);
    if ((await this.devices()).length > 0) throw new Error(`${this.accountId} is still on the phone`);
  }

  /** Every call gets its answer, until there is nobody left to give it. */
  private async answered(call: Promise<Answer>): Promise<void> {
    const { status, body } = await call;
    if (status !== 200) this.unexpected.push(`${status} ${JSON.stringify(body)}`);
  }

  private async scan(): Promise<void> {
    const { value: qr } = await this.setup.service.qr(this.accountId);
    this.agreeing = this.setup.simulator.control.scan({ phone: this.phone, qr }).catch(() => undefined);
  }

  private types(code: string): Promise<void> {
    const { phone, setup } = this;
    this.agreeing = setup.simulator.control.typeCode({ phone, code }).catch(() => undefined);
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

  /** Nobody else is held at the same stage: the accounts of a round are led to different ones. */
  private async isHeldAt({ stage, when }: Point): Promise<void> {
    const held = await this.setup.simulator.control.holds({ stage, when }, 10_000);
    if (held.length === 0) throw new Error(`${this.accountId} never came to ${when} ${stage}`);
  }
}
