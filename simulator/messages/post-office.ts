import { detach, settled } from '../faults/flow-stopped.js';
import type { StageGate } from '../server/stage-gate.js';
import { element, SERVER_JID } from '../wire/stanza.js';
import type { Stanza } from '../wire/stanza.js';
import type { Connection } from '../server/connection.js';
import type { Device } from '../server/device-registry.js';
import type { Ledger } from '../server/ledger.js';
import type { LoginDesk } from '../login/login-desk.js';
import type { LoginMeter } from '../login/login-meter.js';
import { LETTER_KINDS } from '../server/mailbox.js';
import type { Letter } from '../server/mailbox.js';

/** Brings stanzas to devices, now or after their next login, and again until they acknowledge. */
export class PostOffice {
  constructor(
    private readonly gate: StageGate,
    private readonly ledger: Ledger,
    private readonly logins: LoginDesk,
    private readonly meter: LoginMeter,
  ) {}

  post(device: Device, letter: Letter): void {
    if (!device.mailbox.put(letter)) {
      this.ledger.count('lettersLost');
      return;
    }
    const connection = this.logins.activeConnection(device);
    if (connection) detach(this.deliver(connection, letter));
  }

  /** The client has said that it is active: what waits for its device, and then how much that was. */
  async activate(connection: Connection): Promise<void> {
    const first = !connection.active;
    connection.active = true;
    this.meter.end(connection);
    const letters = first ? (connection.device?.mailbox.all() ?? []) : [];
    // One that a fault stops must not keep back what follows it.
    await Promise.all(
      letters.map((letter, index) => settled(this.deliver(connection, letter, String(index)))),
    );
    const offline = element('offline', { count: String(letters.length) });
    await connection.send(element('ib', { from: SERVER_JID }, [offline]));
  }

  /** A client's `<ack>`. With an error it could do nothing with it, and does not want it again either. */
  receiveAck(device: Device, { attrs }: Stanza): void {
    const kind = LETTER_KINDS.find((name) => name === attrs['class']);
    if (!kind) return;
    const known = device.mailbox.acknowledge(kind, attrs['id'], attrs['to'], attrs['type']);
    if (kind !== 'message') return;
    if (attrs['error'] !== undefined) this.ledger.count('nacks');
    if (known) this.ledger.count('messagesAcknowledged');
  }

  /** A receipt stands for the acknowledgement of a message. */
  receiveReceipt(device: Device, ids: readonly string[], from: string | undefined): void {
    const known = ids.filter((id) => device.mailbox.acknowledge('message', id, from));
    this.ledger.count('messagesAcknowledged', known.length);
  }

  private async deliver(connection: Connection, { kind, stanza }: Letter, offline?: string): Promise<void> {
    await this.gate.perform(connection, 'delivery', () => {
      if (kind === 'message') this.ledger.count('messagesDelivered');
      const attrs = offline === undefined ? stanza.attrs : { ...stanza.attrs, offline };
      return connection.send({ ...stanza, attrs });
    });
  }
}
