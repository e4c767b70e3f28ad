import { randomBytes } from 'node:crypto';
import type { Connection } from '../server/connection.js';
import type { Metrics } from '../server/metrics.js';
import type { StageRunner } from '../server/stage-runner.js';
import { element, type Stanza } from '../wire/stanza.js';

export interface PasskeyRequirement {
  phone: string;
  /** Default true. */
  required?: boolean;
}

/** Time limit for the acknowledgement. The value is assumed. */
const ACKNOWLEDGED_WITHIN_MS = 10_000;
const TYPE = 'passkey_prologue_request';

/**
 * Requests the account's passkey from a companion, instead of sending pair-success ("Shortcake", Baileys#2672 =
 * whatsmeow#1185, captured with whatsmeow: "After companion registration completes", "a new inbound <notification
 * type="passkey_prologue_request">"). By QR code this happens after the scan; by phone code "right after a successful
 * pairing-code companion_finish" (Baileys#2689). The phone then shows "Continue on WhatsApp Web" and waits. The
 * exchange after it (`md get ref`, `md set passkey_prologue`) is not simulated.
 */
export class PasskeyHandler {
  private readonly pendingRequests = new Map<string, (acknowledged: boolean) => void>();

  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
  ) {}

  /** Sends the request. Resolves on the acknowledgement, the end of the connection, or the time limit. */
  async request(connection: Connection): Promise<void> {
    const id = connection.nextStanzaId();
    let answered: Promise<boolean> | undefined;
    await this.stages.run(connection, 'passkey_request', async () => {
      answered = this.waitForAck(id, connection);
      this.metrics.count('passkeyRequests');
      this.metrics.record(connection.id, 'requested the passkey');
      const options = element('passkey_request_options', {}, Buffer.from(requestOptions()));
      await connection.sendNotification(TYPE, options, id);
    });
    if ((await answered) === false) this.metrics.countRefusal('passkey_unacknowledged', connection.id);
  }

  receiveAck(connection: Connection, { attrs }: Stanza): void {
    const settle = this.pendingRequests.get(attrs['id'] ?? '');
    if (!settle || attrs['class'] !== 'notification' || attrs['type'] !== TYPE) return;
    this.metrics.count('passkeyAcknowledgements');
    this.metrics.record(connection.id, 'acknowledged the passkey request');
    settle(true);
  }

  private waitForAck(id: string, { transport }: Connection): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (acknowledged: boolean): void => {
        clearTimeout(timer);
        removeCloseListener();
        this.pendingRequests.delete(id);
        resolve(acknowledged);
      };
      const fail = (): void => {
        settle(false);
      };
      const timer = setTimeout(fail, ACKNOWLEDGED_WITHIN_MS);
      this.pendingRequests.set(id, settle);
      const removeCloseListener = transport.onClose(fail);
    });
  }
}

/** Returns the options of a captured request (whatsapp-rust#930). */
function requestOptions(): string {
  return JSON.stringify({
    challenge: randomBytes(32).toString('base64url'),
    timeout: 600_000,
    rpId: 'whatsapp.com',
    allowCredentials: [],
    userVerification: 'required',
    extensions: { uvm: true },
  });
}
