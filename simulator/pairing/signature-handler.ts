import { FlowStopped } from '../faults/flow-stopped.js';
import { countersigned } from '../phone/phone.js';
import type { Connection } from '../server/connection.js';
import { restart, streamError } from '../server/failure-stanzas.js';
import type { Metrics } from '../server/metrics.js';
import type { OpenPairing, PairingOutcome } from '../server/pairing-state.js';
import type { StageGate } from '../server/stage-gate.js';
import { bytesOf, child, type Stanza } from '../wire/stanza.js';

/** Takes a device's answer to pair-success: here, and not earlier, it becomes a linked device. */
export class SignatureHandler {
  constructor(
    private readonly gate: StageGate,
    private readonly metrics: Metrics,
  ) {}

  async receive(connection: Connection, answer: Stanza): Promise<void> {
    const open = connection.pairing?.open;
    const signature = child(child(answer, 'pair-device-sign'), 'device-identity');
    if (!connection.pairing || !open || open.stanzaId !== answer.attrs['id']) {
      // That a second signature ends the stream is assumed; that nothing is linked by it is what counts.
      if (signature) await this.refuse(connection, 'second_pair_device_sign');
      return;
    }
    connection.pairing.open = undefined;
    if (answer.attrs['type'] === 'error') {
      this.decline(connection, open, answer);
      return;
    }
    // One without a signature is not signed right.
    await this.link(connection, open, bytesOf(signature));
    await this.gate.perform(connection, 'stream_restart', () => connection.dismiss(restart()));
  }

  /** whatsmeow's pair.go, `sendPairError`: it does not believe the pair-success, or does not want it. */
  private decline(connection: Connection, open: OpenPairing, answer: Stanza): void {
    const { code = 'no code', text = 'no text' } = child(answer, 'error')?.attrs ?? {};
    this.metrics.count('declines');
    this.metrics.tell(connection.id, `declined pair-success: ${code} ${text}`);
    open.settle({ refused: 'declined_by_companion' });
  }

  private async link(connection: Connection, open: OpenPairing, signature: Buffer): Promise<void> {
    let outcome: PairingOutcome = { refused: 'companion_gone' };
    try {
      await this.gate.perform(connection, 'pair_device_sign', async () => {
        if (!countersigned(signature, open.identity)) {
          outcome = { refused: 'bad_device_signature' };
          await this.refuse(connection, 'bad_device_signature');
          throw new FlowStopped('bad device signature');
        }
        const { pairing, clientStatic } = connection;
        if (!pairing || !clientStatic) throw new FlowStopped('not a registration');
        const device = open.account.add(open.deviceNumber, clientStatic, pairing.registration, open.platform);
        connection.device = device;
        outcome = { device };
        this.metrics.count('pairs');
        this.metrics.tell(connection.id, `linked ${device.jid}`);
        open.settle(outcome);
      });
    } finally {
      open.settle(outcome);
    }
  }

  private async refuse(connection: Connection, reason: string): Promise<void> {
    this.metrics.refuse(reason, connection.id);
    // Which error WhatsApp sends here is assumed.
    await connection.dismiss(streamError(400));
  }
}
