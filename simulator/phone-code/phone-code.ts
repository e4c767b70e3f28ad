import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Connection } from '../server/connection.js';
import type { PairingState } from '../server/pairing-state.js';
import type { CompanionHello } from './companion-hello.js';

/** A companion's answer to `primary_hello`. */
export interface CompanionFinish {
  sealedBundle: Buffer;
  identityKey: Buffer;
}

export type FinishOutcome =
  CompanionFinish | { refused: 'companion_gone' | 'no_answer' | 'bad_companion_finish' | 'withdrawn_code' };
export type CodeRefusal = 'withdrawn_code' | 'used_code' | 'expired_code' | 'companion_gone' | 'phone_busy';

/**
 * The state of a phone code, as the server and the phone keep it. They never know the code itself. It is valid while
 * its connection is open, and not longer than that connection's references.
 */
export class PhoneCode {
  readonly phone: string;
  readonly wrappedKey: Buffer;
  /** In the form of a captured notification: `3@2:` and base64. */
  readonly reference = `3@2:${randomBytes(66).toString('base64')}`;
  wrongAttempts = 0;
  private state: 'valid' | 'used' | 'withdrawn' = 'valid';
  private settle: ((outcome: FinishOutcome) => void) | undefined;

  constructor(
    { phone, wrappedKey }: CompanionHello,
    readonly connection: Connection,
    readonly companion: PairingState,
  ) {
    this.phone = phone;
    this.wrappedKey = wrappedKey;
  }

  /** @returns the reason why the code cannot be used now; undefined when it can */
  refusal(): CodeRefusal | undefined {
    const { connection, companion } = this;
    if (this.state === 'withdrawn') return 'withdrawn_code';
    if (this.state === 'used' || companion.pending || connection.device) return 'used_code';
    if (performance.now() > companion.expiresAtMs) return 'expired_code';
    if (connection.transport.closed.aborted || connection.terminated) return 'companion_gone';
    return this.settle ? 'phone_busy' : undefined;
  }

  get isValid(): boolean {
    return this.state === 'valid';
  }

  markUsed(): void {
    this.state = 'used';
  }

  withdraw(): void {
    this.state = 'withdrawn';
    this.settle?.({ refused: 'withdrawn_code' });
  }

  get isAwaitingFinish(): boolean {
    return this.settle !== undefined;
  }

  /** Waits for the answer to `primary_hello`. Resolves with `no_answer` when the signal aborts. */
  waitForFinish(signal: AbortSignal): Promise<FinishOutcome> {
    return new Promise((resolve) => {
      const settle = (outcome: FinishOutcome): void => {
        signal.removeEventListener('abort', onAbort);
        removeCloseListener();
        this.settle = undefined;
        resolve(outcome);
      };
      const onAbort = (): void => {
        settle({ refused: 'no_answer' });
      };
      const removeCloseListener = this.connection.transport.onClose(() => {
        settle({ refused: 'companion_gone' });
      });
      this.settle = settle;
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
    });
  }

  receiveFinish(outcome: FinishOutcome): void {
    this.settle?.(outcome);
  }
}
