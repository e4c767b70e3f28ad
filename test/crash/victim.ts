import { Link } from '../support/link.js';
import type { Random } from '../support/random.js';
import type { Answer } from '../support/service-process.js';
import { isAnonymous } from './points.js';
import type { Course, Point } from './points.js';

/** An account that is in the middle of something when the service is killed. */
export class Victim extends Link {
  /** Answers that no call should have got. */
  readonly unexpected: string[] = [];
  private scanning: Promise<unknown> = Promise.resolve();

  /** Brings the account to where the course begins. */
  async prepare(course: Course): Promise<void> {
    if (course === 'pairing') return;
    await this.world.link(this.accountId, this.phone);
    if (course === 'disconnecting while open') return;
    await this.drop();
    if (course !== 'pairing anew after the phone removed the device') return;
    await this.world.simulator.control.removeDevices(this.phone);
  }

  /** Goes the course up to the point; resolves when the connection is held there. */
  async goTo(point: Point): Promise<void> {
    const { service } = this.world;
    if (point.from === 'call') {
      await this.plan(point);
      // A disconnect answers when it is done; here it never is.
      if (point.course.startsWith('disconnecting')) {
        void service.disconnect(this.accountId).catch(() => undefined);
      } else await service.pair(this.accountId);
      return this.isHeldAt(point);
    }
    await service.pair(this.accountId);
    await service.qr(this.accountId);
    if (point.from === 'scan') await this.plan(point);
    await this.scan();
    if (point.from === 'scan') await this.isHeldAt(point);
    else await service.reaches(this.accountId, 'connected');
  }

  /** Pairs, scans, stops, drops and disconnects until the service is dead. */
  async churn(random: Random): Promise<void> {
    const { service, simulator } = this.world;
    const { accountId, phone } = this;
    const connected = (): Promise<unknown> => service.reaches(accountId, 'connected');
    const pair = (): Promise<void> => this.answered(service.pair(accountId));
    const disconnect = (): Promise<void> => this.answered(service.disconnect(accountId));
    const deeds = [
      pair,
      disconnect,
      () => this.answered(service.stopPairing(accountId)),
      () => disconnect().then(pair),
      () => this.scan(),
      () => this.scan().then(connected),
      () => this.scan().then(pair),
      () => simulator.control.act({ type: 'cut' }, { phone, kind: 'registration' }),
    ];
    while (service.running) {
      const deed = random.one(deeds);
      // What fails here fails because the service is being killed, or because there is no code to scan just now.
      await deed().catch(() => undefined);
    }
  }

  /** Resolves when no phone waits for an answer any more, and leaves the account as nobody has ever used it. */
  async clear(): Promise<void> {
    await this.scanning;
    await this.world.service.disconnect(this.accountId);
    if ((await this.devices()).length > 0) throw new Error(`${this.accountId} is still on the phone`);
  }

  /** Every call gets its answer, until there is nobody left to give it. */
  private async answered(call: Promise<Answer>): Promise<void> {
    const { status, body } = await call;
    if (status !== 200) this.unexpected.push(`${status} ${JSON.stringify(body)}`);
  }

  private async scan(): Promise<void> {
    const { value: qr } = await this.world.service.qr(this.accountId);
    this.scanning = this.world.simulator.control.scan({ phone: this.phone, qr }).catch(() => undefined);
  }

  private async plan({ stage, when, whenGone, skip }: Point): Promise<void> {
    const where = isAnonymous(stage) ? {} : { where: { phone: this.phone } };
    await this.world.simulator.control.addFault({
      stage,
      when,
      skip,
      action: { type: 'hold', whenGone },
      ...where,
    });
  }

  /** Nobody else is held at the same stage: the accounts of a round are led to different ones. */
  private async isHeldAt({ stage, when }: Point): Promise<void> {
    const held = await this.world.simulator.control.holds({ stage, when }, 10_000);
    if (held.length === 0) throw new Error(`${this.accountId} never came to ${when} ${stage}`);
  }
}
