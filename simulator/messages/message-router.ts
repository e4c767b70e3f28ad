import { runDetached, ignoreStopped } from '../faults/flow-stopped.js';
import type { LoginHandler } from '../login/login-handler.js';
import type { LoginMeter } from '../login/login-meter.js';
import type { Device } from '../server/account.js';
import type { Connection } from '../server/connection.js';
import type { Metrics } from '../server/metrics.js';
import type { StageRunner } from '../server/stage-runner.js';
import { PENDING_STANZA_KINDS, type PendingStanza } from '../server/stanza-queue.js';
import { element, SERVER_JID, type Stanza } from '../wire/stanza.js';

/** Delivers stanzas to devices, at once or after their next login, and again until they acknowledge. */
export class MessageRouter {
  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
    private readonly logins: LoginHandler,
    private readonly meter: LoginMeter,
  ) {}

  enqueue(device: Device, stanza: PendingStanza): void {
    if (!device.queue.add(stanza)) {
      this.metrics.count('stanzasLost');
      return;
    }
    const connection = this.logins.activeConnection(device);
    if (!connection) return;
    if (device.queue.deliverable().includes(stanza)) runDetached(this.deliver(connection, stanza));
    else this.metrics.count('stanzasWithheld');
  }

  /** Marks the connection as active. Delivers the queued stanzas, then `<offline>` with their number. */
  async activate(connection: Connection): Promise<void> {
    const first = !connection.active;
    connection.active = true;
    this.meter.end(connection);
    const stanzas = first ? (connection.device?.queue.deliverable() ?? []) : [];
    // A delivery that a fault stops must not hold back the following ones.
    await Promise.all(
      stanzas.map((stanza, index) => ignoreStopped(this.deliver(connection, stanza, String(index)))),
    );
    const offline = element('offline', { count: String(stanzas.length) });
    await this.stages.run(connection, 'offline_end', () =>
      connection.send(element('ib', { from: SERVER_JID }, [offline])),
    );
  }

  /**
   * Handles a client's `<ack>`. An `<ack>` with an error (the client could not use the stanza) also ends its delivery.
   * Exception: a broadcast message that is answered with an error stays, and everything behind it is withheld.
   */
  receiveAck(device: Device, { attrs }: Stanza): void {
    const kind = PENDING_STANZA_KINDS.find((name) => name === attrs['class']);
    if (!kind) return;
    const isNack = attrs['error'] !== undefined;
    if (kind === 'message' && isNack) this.metrics.count('nacks');
    if (kind === 'message' && isNack && device.queue.hasBroadcast(attrs['id'], attrs['to'])) {
      this.metrics.count('broadcastNacks');
      return;
    }
    const known = this.acknowledge(device, () =>
      device.queue.acknowledge(kind, attrs['id'], attrs['to'], attrs['type']),
    );
    if (kind === 'message' && known) this.metrics.count('messagesAcknowledged');
  }

  /** Handles a receipt, which acknowledges the messages that it names. */
  receiveReceipt(device: Device, ids: readonly string[], from: string | undefined): void {
    const known = ids.filter((id) =>
      this.acknowledge(device, () => device.queue.acknowledge('message', id, from)),
    );
    this.metrics.count('messagesAcknowledged', known.length);
  }

  /** Removes a stanza from the queue, and delivers the stanzas that it withheld. */
  private acknowledge(device: Device, remove: () => boolean): boolean {
    const before = new Set(device.queue.deliverable());
    const known = remove();
    const connection = this.logins.activeConnection(device);
    for (const stanza of device.queue.deliverable()) {
      if (connection && !before.has(stanza)) runDetached(this.deliver(connection, stanza));
    }
    return known;
  }

  private async deliver(
    connection: Connection,
    { kind, stanza }: PendingStanza,
    offline?: string,
  ): Promise<void> {
    await this.stages.run(connection, 'delivery', () => {
      if (kind === 'message') this.metrics.count('messagesDelivered');
      const attrs = offline === undefined ? stanza.attrs : { ...stanza.attrs, offline };
      return connection.send({ ...stanza, attrs });
    });
  }
}
