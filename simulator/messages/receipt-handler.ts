import type { Device } from '../server/account.js';
import type { Connection } from '../server/connection.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { Metrics } from '../server/metrics.js';
import type { StageRunner } from '../server/stage-runner.js';
import { parseJid } from '../wire/jid.js';
import { bigEndian, children, copyStanza, element, unixTime, type Stanza } from '../wire/stanza.js';
import type { MessageRouter } from './message-router.js';

/** Forwards receipts (delivered, read, retry) to the devices that sent the messages. */
export class ReceiptHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
    private readonly registry: DeviceRegistry,
    private readonly router: MessageRouter,
  ) {}

  async receive(connection: Connection, receipt: Stanza): Promise<void> {
    await this.stages.run(connection, 'receipt', async () => {
      const { device, loggedIn } = connection;
      if (!device || !loggedIn) return;
      const { id = '', to, type, participant } = receipt.attrs;
      this.metrics.count('receipts');
      if (type === 'retry') this.metrics.count('retryReceipts');
      this.router.receiveReceipt(device, idsIn(receipt), to);
      for (const addressee of this.addressees(device, to)) {
        this.router.enqueue(addressee, { kind: 'receipt', stanza: passedOn(device, receipt) });
      }
      const attrs = { class: 'receipt', id, ...(to && { from: to }), ...(type && { type }) };
      await connection.send(element('ack', { ...attrs, ...(participant && { participant }) }));
    });
  }

  /**
   * Requests every message again that the device has not acknowledged, as a device does that cannot read them.
   * @returns the number of requested messages
   */
  requestAgain(device: Device): number {
    const messages = device.queue.all().filter(({ kind }) => kind === 'message');
    const senders = messages.map(({ stanza }) => {
      const { device: sender } = this.registry.locate(stanza.attrs['from']) ?? {};
      if (!sender || sender === 'phone') return undefined;
      this.router.enqueue(sender, { kind: 'receipt', stanza: retryReceipt(device, stanza) });
      return sender;
    });
    return senders.filter((sender) => sender !== undefined).length;
  }

  /**
   * Returns the addressed device; all companions when no device is addressed, as for `read`. The phone gets no
   * receipts.
   */
  private addressees(sender: Device, to: string | undefined): Device[] {
    const located = this.registry.locate(to);
    if (!located) return [];
    const { account, device } = located;
    const addressees = device === 'phone' ? [...account.devices.values()] : [device];
    return addressees.filter((addressee) => addressee !== sender);
  }
}

function passedOn(sender: Device, { attrs, content }: Stanza): Stanza {
  const { id = '', to, type, recipient, participant } = attrs;
  const from = parseJid(to)?.server === 'lid' ? sender.lid : sender.jid;
  const stanza = element(
    'receipt',
    {
      from,
      id,
      t: attrs['t'] ?? unixTime(),
      ...(type && { type }),
      ...(recipient && { recipient }),
      ...(participant && { participant }),
    },
    content,
  );
  return copyStanza(stanza);
}

/** Returns the first retry receipt of a message, without a key bundle (Baileys' `sendRetryRequest`). */
function retryReceipt(device: Device, { attrs: { id = '', from, t = unixTime() } }: Stanza): Stanza {
  const address = parseJid(from)?.server === 'lid' ? device.lid : device.jid;
  return element('receipt', { from: address, id, t: unixTime(), type: 'retry' }, [
    element('retry', { count: '1', id, t, v: '1', error: '0' }),
    element('registration', {}, bigEndian(device.registration.registrationId, 4)),
  ]);
}

function idsIn(receipt: Stanza): string[] {
  const more = children(children(receipt, 'list')[0], 'item').map(({ attrs }) => attrs['id']);
  return [receipt.attrs['id'], ...more].filter((id) => id !== undefined);
}
