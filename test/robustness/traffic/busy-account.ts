import { eventually } from '../../support/eventually.js';
import { LinkedAccount } from '../../support/processes/linked-account.js';
import type { Random } from '../../support/requests/random.js';

/** Limit for a reconnect and for a message. A reconnect needs at most two seconds on an idle machine. */
const WITHIN_MS = 20_000;
const PAUSE_MS = 50;
/** Baileys uploads new pre-keys when fewer than five are left. */
const LOW = 5;

/** A linked account that connects, drops, rotates its keys and exchanges messages until the service is killed. */
export class BusyAccount extends LinkedAccount {
  /**
   * Whether the account has rotated its signed pre-key. Baileys first sends the new key to WhatsApp, and stores it at
   * the end of the turn of the event loop. A kill may come in between; the next login detects this.
   */
  hasRotated = false;
  private sent = 0;

  /** Performs random actions, one after another, until the service has ended. */
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
      // An action may fail because the account is not connected, or because the service is being killed.
      await random
        .one(actions)()
        .catch(() => undefined);
      // Without this wait, an account that is not connected would only repeat failing actions.
      await this.isBack().catch(() => undefined);
    }
  }

  /** Sends a unique text to the other account. @returns the text */
  async say(other: BusyAccount): Promise<string> {
    this.sent += 1;
    const text = `${this.accountId} says ${this.sent} to ${other.accountId}`;
    await this.setup.service.errand({ accountId: this.accountId, send: text, toPhone: other.phone });
    return text;
  }

  /**
   * Sends a text, and waits until the other account has read it. After a kill during a rotation or a first message, the
   * other account can read it only after it has requested the message again.
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
      () => `${this.accountId} has not reconnected automatically`,
      PAUSE_MS,
    );
  }

  private async rotate(): Promise<void> {
    this.hasRotated = true;
    await this.setup.service.errand({ accountId: this.accountId, rotateSignedPreKey: true });
  }
}
