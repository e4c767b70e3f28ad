import { FlowStopped } from '../faults/flow-stopped.js';
import { isCountersigned } from '../phone/phone.js';
import type { Connection } from '../server/connection.js';
import { restart, streamError } from '../server/failure-stanzas.js';
import type { Metrics } from '../server/metrics.js';
import type { PendingPairing, PairingOutcome } from '../server/pairing-state.js';
import type { StageRunner } from '../server/stage-runner.js';
import { bytesOf, child, type Stanza } from '../wire/stanza.js';

/** Handles the answer to pair-success. Only a valid signature links the device; nothing links it earlier. */
export class SignatureHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
  ) {}

  async receive(connection: Connection, answer: Stanza): Promise<void> {
    const pending = connection.pairing?.pending;
    const signature = child(child(answer, 'pair-device-sign'), 'device-identity');
    if (!connection.pairing || !pending || pending.stanzaId !== answer.attrs['id']) {
      // Assumed: a second signature ends the stream. Certain: it links nothing.
      if (signature) await this.refuse(connection, 'second_pair_device_sign');
      return;
    }
    connection.pairing.pending = undefined;
    if (answer.attrs['type'] === 'error') {
      this.decline(connection, pending, answer);
      return;
    }
    // An answer without a signature counts as one with a bad signature.
    await this.link(connection, pending, bytesOf(signature));
    await this.stages.run(connection, 'stream_restart', () => connection.terminate(restart()));
  }

  /** The client rejected pair-success: whatsmeow's pair.go, `sendPairError`. */
  private decline(connection: Connection, pending: PendingPairing, answer: Stanza): void {
    const { code = 'no code', text = 'no text' } = child(answer, 'error')?.attrs ?? {};
    this.metrics.count('declines');
    this.metrics.record(connection.id, `declined pair-success: ${code} ${text}`);
    pending.settle({ refused: 'declined_by_companion' });
  }

  private async link(connection: Connection, pending: PendingPairing, signature: Buffer): Promise<void> {
    let outcome: PairingOutcome = { refused: 'companion_gone' };
    try {
      await this.stages.run(connection, 'pair_device_sign', async () => {
        if (!isCountersigned(signature, pending.identity)) {
          outcome = { refused: 'bad_device_signature' };
          await this.refuse(connection, 'bad_device_signature');
          throw new FlowStopped('bad device signature');
        }
        const { pairing, clientStatic } = connection;
        if (!pairing || !clientStatic) throw new FlowStopped('not a registration');
        const device = pending.account.add(
          pending.deviceNumber,
          clientStatic,
          pairing.registration,
          pending.platform,
        );
        connection.device = device;
        outcome = { device };
        this.metrics.count('pairs');
        this.metrics.record(connection.id, `linked ${device.jid}`);
        pending.settle(outcome);
      });
    } finally {
      pending.settle(outcome);
    }
  }

  private async refuse(connection: Connection, reason: string): Promise<void> {
    this.metrics.countRefusal(reason, connection.id);
    // Assumed: WhatsApp sends this error.
    await connection.terminate(streamError(400));
  }
}
