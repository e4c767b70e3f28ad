import { eventually } from '../../support/eventually.js';
import { LinkedAccount } from '../../support/processes/linked-account.js';
import type { Random } from '../../support/requests/random.js';

/** Links are restored within a second or two; a machine may be busy. */
const WITHIN_MS = 20_000;
const PAUSE_MS = 50;
/** Fewer than five left, and Baileys uploads new ones. */
const LOW = 5;

/** A linked account that connects, drops, rotates its keys and exchanges messages until the service is killed. */
export class BusyAccount extends LinkedAccount {
  /**
   * It has rotated its signed pre-key lately: Baileys tells WhatsApp of it first and then has it stored, at the end of the
   * event loop's turn, so a kill may come in between. The next login finds it out.
   */
  hasRotated = false;
  private said = 0;

  /** Does one thing after another, as long as the service runs. */
  async isBusy(random: Random, others: readonly BusyAccount[]): Promise<void> {
    const { service, simulator } = this.setup;
    const { phone } = this;
    const actions = [
      () => simulator.control.act({ type: 'cut', reset: random.below(2) === 0 }, { phone }),
      () => simulator.control.act({ type: 'stream_error', code: 515 }, { phone }),
      () => simulator.control.spendPreKeys({ phone, leave: random.below(LOW) }),
      () => simulator.control.spendPreKeys({ phone, leave: random.below(LOW) }),
      () => this.rotate(),
      ...Array.from({ length: 5 }, () => () => this.say(random.one(others))),
    ];
    while (service.isRunning) {
      // What fails here fails because the account is just now down, or because the service is being killed.
      await random
        .one(actions)()
        .catch(() => undefined);
      // Otherwise those that are down would do nothing else but try.
      await this.isBack().catch(() => undefined);
    }
  }

  /** @returns a text that nobody has said before, on its way to the other account */
  async say(other: BusyAccount): Promise<string> {
    this.said += 1;
    const text = `${this.accountId} says ${this.said} to ${other.accountId}`;
    await this.setup.service.errand({ accountId: this.accountId, send: text, toPhone: other.phone });
    return text;
  }

  /**
   * Says something to the other account, which has to be able to read it: at once, or, after a kill in the middle of a
   * rotation or of a first conversation, when it has asked for it again.
   */
  async isUnderstoodBy(other: BusyAccount): Promise<void> {
    const { service } = this.setup;
    const text = await this.say(other);
    await eventually(
      async () => (await service.texts(other.accountId)).includes(text),
      WITHIN_MS,
      () => `"${text}" has not arrived`,
      PAUSE_MS,
    );
  }

  async isBack(): Promise<void> {
    const { service } = this.setup;
    await eventually(
      async () => (await service.status(this.accountId)).status === 'connected',
      WITHIN_MS,
      () => `${this.accountId} has not come back by itself`,
      PAUSE_MS,
    );
  }

  private async rotate(): Promise<void> {
    this.hasRotated = true;
    await this.setup.service.errand({ accountId: this.accountId, rotateSignedPreKey: true });
  }
}
