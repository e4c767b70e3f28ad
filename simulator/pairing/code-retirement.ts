import type { RetireChild } from '../faults/actions.js';
import type { ConnectionFilter } from '../faults/fault-plan.js';
import { readPairingCode } from '../phone/pairing-code.js';
import type { Connection } from '../server/connection.js';
import type { Metrics } from '../server/metrics.js';
import { element, type Stanza } from '../wire/stanza.js';

export interface RetireRequest {
  /** The QR code on the screen. It identifies the connection and the secret to retire. */
  qr?: string;
  /** Selects the connection when `qr` is not known. */
  where?: ConnectionFilter;
  child?: RetireChild;
  /** Time to wait for the acknowledgement. Default 0. */
  waitMs?: number;
}

/**
 * Sends `companion_reg_refresh` (Baileys#2737, #2765): the adv secret in the QR code on the screen is no longer valid.
 * WhatsApp Web creates a new secret, shows the current reference again with it, and acknowledges. It is not public how
 * the server knows which secrets are old; the rule in PairingState is assumed.
 */
export class CodeRetirement {
  constructor(private readonly metrics: Metrics) {}

  async retire(
    connection: Connection,
    child: RetireChild,
    qr: string | undefined,
  ): Promise<string | undefined> {
    const state = connection.pairing;
    if (!state) return undefined;
    state.retire(qr === undefined ? undefined : readPairingCode(qr)?.advSecret);
    const id = connection.nextStanzaId();
    state.unacknowledged.add(id);
    this.metrics.count('retirements');
    this.metrics.record(connection.id, `retired the code (${child})`);
    await connection.sendNotification('companion_reg_refresh', element(child), id);
    return id;
  }

  receiveAck(connection: Connection, ack: Stanza): void {
    if (ack.attrs['class'] !== 'notification') return;
    if (connection.pairing?.acknowledge(ack.attrs['id'] ?? '')) this.metrics.count('acknowledgements');
  }
}
