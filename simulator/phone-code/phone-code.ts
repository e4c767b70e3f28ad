import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Connection } from '../server/connection.js';
import type { PairingState } from '../server/pairing-state.js';
import type { CompanionHello } from './companion-hello.js';

/** What a companion answers to `primary_hello`. */
export interface CompanionFinish {
  sealedBundle: Buffer;
  identityKey: Buffer;
}

export type FinishOutcome =
  CompanionFinish | { refused: 'companion_gone' | 'no_answer' | 'bad_companion_finish' | 'withdrawn_code' };
export type CodeFault = 'withdrawn_code' | 'used_code' | 'expired_code' | 'companion_gone' | 'phone_busy';

/**
 * What the server and the phone know of a code that a companion shows: never the code itself. It lives and dies with
 * its connection, and not longer than that connection's references.
 */
export class PhoneCode {
  readonly phone: string;
  readonly wrappedKey: Buffer;
  /** As in a captured notification: `3@2:` and base64. */
  readonly reference = `3@2:${randomBytes(66).toString('base64')}`;
  wrongTries = 0;
  private state: 'good' | 'used' | 'withdrawn' = 'good';
  private settle: ((outcome: FinishOutcome) => void) | undefined;

  constructor(
    { phone, wrappedKey }: CompanionHello,
    readonly connection: Connection,
    readonly companion: PairingState,
  ) {
    this.phone = phone;
    this.wrappedKey = wrappedKey;
  }

  /** @returns why it cannot be typed now */
  fault(): CodeFault | undefined {
    const { connection, companion } = this;
    if (this.state === 'withdrawn') return 'withdrawn_code';
    if (this.state === 'used' || companion.open || connection.device) return 'used_code';
    if (performance.now() > companion.expiresAtMs) return 'expired_code';
    if (connection.wire.gone.aborted || connection.dismissed) return 'companion_gone';
    return this.settle ? 'phone_busy' : undefined;
  }

  get good(): boolean {
    return this.state === 'good';
  }

  use(): void {
    this.state = 'used';
  }

  withdraw(): void {
    this.state = 'withdrawn';
    this.settle?.({ refused: 'withdrawn_code' });
  }

  get awaitsFinish(): boolean {
    return this.settle !== undefined;
  }

  /** From `primary_hello` on; the phone gives up with the signal. */
  finished(patience: AbortSignal): Promise<FinishOutcome> {
    const { gone } = this.connection.wire;
    return new Promise((resolve) => {
      const settle = (outcome: FinishOutcome): void => {
        patience.removeEventListener('abort', giveUp);
        gone.removeEventListener('abort', leave);
        this.settle = undefined;
        resolve(outcome);
      };
      const giveUp = (): void => {
        settle({ refused: 'no_answer' });
      };
      const leave = (): void => {
        settle({ refused: 'companion_gone' });
      };
      this.settle = settle;
      patience.addEventListener('abort', giveUp);
      gone.addEventListener('abort', leave);
      if (patience.aborted) giveUp();
      else if (gone.aborted) leave();
    });
  }

  receive(outcome: FinishOutcome): void {
    this.settle?.(outcome);
  }
}
