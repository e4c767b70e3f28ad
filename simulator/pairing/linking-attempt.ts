import { FlowStopped } from '../faults/flow-stopped.js';
import type { Metrics } from '../server/metrics.js';
import { PairingRefused, type PairingRefusal, type PairingResult } from '../server/pairing-result.js';
import type { PairingOutcome } from '../server/pairing-state.js';

const DEFAULT_WAIT_MS = 15_000;
/** Written to the journal only: no rule was broken, or the refusal was counted where it happened. */
const NOT_COUNTED: readonly PairingRefusal[] = [
  'declined_by_companion',
  'passkey_required',
  'bad_companion_finish',
  'bad_device_signature',
  'no_answer',
];

/** One attempt of a user to link a companion with the phone. Turns every outcome into a PairingResult. */
export class LinkingAttempt {
  /** The id of the companion's connection, once the phone knows it. */
  connectionId: number | null = null;
  private readonly endController = new AbortController();

  constructor(private readonly metrics: Metrics) {}

  /** Aborted after `waitMs`, and at the end of the attempt. */
  get ended(): AbortSignal {
    return this.endController.signal;
  }

  async run(
    pair: (attempt: LinkingAttempt) => Promise<PairingOutcome>,
    waitMs = DEFAULT_WAIT_MS,
  ): Promise<PairingResult> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<PairingResult>((resolve) => {
      timer = setTimeout(resolve, waitMs, { paired: false, reason: 'no_answer' });
    });
    const result = await Promise.race([this.execute(pair), timeout]);
    clearTimeout(timer);
    this.endController.abort();
    return result;
  }

  private async execute(pair: (attempt: LinkingAttempt) => Promise<PairingOutcome>): Promise<PairingResult> {
    try {
      const outcome = await pair(this);
      if ('refused' in outcome) return this.recordRefusal(outcome.refused);
      return { paired: true, deviceJid: outcome.device.jid, lid: outcome.device.lid };
    } catch (error) {
      if (error instanceof FlowStopped) return { paired: false, reason: 'no_answer' };
      if (!(error instanceof PairingRefused)) throw error;
      return this.recordRefusal(error.reason);
    }
  }

  private recordRefusal(reason: PairingRefusal): PairingResult {
    const { connectionId } = this;
    if (NOT_COUNTED.includes(reason)) this.metrics.record(connectionId, `not linked: ${reason}`);
    else this.metrics.countRefusal(reason, connectionId);
    return { paired: false, reason };
  }
}
