import type { Account, Device } from '../server/account.js';
import type { Connection } from '../server/connection.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { Metrics } from '../server/metrics.js';
import type { StageRunner } from '../server/stage-runner.js';
import { parseJid, STATUS_JID } from '../wire/jid.js';
import { child, children, copyStanza, element, unixTime, type Stanza } from '../wire/stanza.js';
import type { MessageRouter } from './message-router.js';

/** The encrypted copy of a message for one device. */
interface Copy {
  jid: string;
  enc: Stanza;
}

/** Attributes that the server forwards unchanged. */
const PASSED_ON = ['type', 'category', 'edit'] as const;

/**
 * Routes messages between devices of the simulator's accounts. The content is encrypted, so the server cannot read it.
 */
export class MessageHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly metrics: Metrics,
    private readonly registry: DeviceRegistry,
    private readonly router: MessageRouter,
  ) {}

  async receive(connection: Connection, message: Stanza): Promise<void> {
    await this.stages.run(connection, 'message', async () => {
      const { device, loggedIn } = connection;
      if (!device || !loggedIn) return;
      this.metrics.count('messages');
      if (message.attrs['to'] === STATUS_JID) {
        this.routeStatus(device, message);
        await connection.send(acknowledgement(message, true));
        return;
      }
      const recipient = this.registry.accountOf(message.attrs['to']);
      if (recipient) this.route(device, recipient, message);
      else this.metrics.countRefusal('unknown_recipient', connection.id);
      await connection.send(acknowledgement(message, recipient !== undefined));
    });
  }

  /** Delivers a status update to the devices that get a sender key with it. Other devices of the audience get none. */
  private routeStatus(sender: Device, message: Stanza): void {
    const shared = children(message, 'enc');
    const identity = child(message, 'device-identity');
    for (const to of children(child(message, 'participants'), 'to')) {
      const { device } = this.registry.locate(to.attrs['jid']) ?? {};
      if (!device || device === 'phone' || device === sender) continue;
      const byLid = parseJid(to.attrs['jid'])?.server === 'lid';
      const stanza = element(
        'message',
        {
          from: STATUS_JID,
          participant: byLid ? sender.lid : sender.jid,
          id: message.attrs['id'] ?? '',
          t: unixTime(),
          type: message.attrs['type'] ?? 'text',
        },
        [...children(to, 'enc'), ...shared, ...(identity ? [identity] : [])].map(copyStanza),
      );
      this.router.enqueue(device, { kind: 'message', stanza });
    }
  }

  private route(sender: Device, recipient: Account, message: Stanza): void {
    // rc14 encrypts twice for each device when a user writes to themselves. Each device gets one copy.
    const served = new Set<Device>([sender]);
    for (const copy of copiesIn(message)) {
      const { account, device } = this.registry.locate(copy.jid) ?? {};
      if (device === 'phone') this.metrics.count('messagesToPhones');
      // A removed device, or a device outside this conversation.
      else if (!account || !device || (account !== recipient && account.phone !== sender.phone)) {
        this.metrics.count('stanzasLost');
      } else if (!served.has(device)) {
        served.add(device);
        const own = account.phone === sender.phone;
        this.router.enqueue(device, {
          kind: 'message',
          stanza: this.pendingStanza(sender, own ? recipient : undefined, message, copy),
        });
      }
    }
  }

  /** @param conversation the recipient, when the copy is for another device of the sender's own account */
  private pendingStanza(
    sender: Device,
    conversation: Account | undefined,
    message: Stanza,
    copy: Copy,
  ): Stanza {
    const { attrs } = message;
    const passedOn = PASSED_ON.flatMap((name) => (attrs[name] === undefined ? [] : [[name, attrs[name]]]));
    const byLid = parseJid(copy.jid)?.server === 'lid';
    const identity = child(message, 'device-identity');
    return element(
      'message',
      {
        from: byLid ? sender.lid : sender.jid,
        id: attrs['id'] ?? '',
        t: unixTime(),
        notify: this.registry.account(sender.phone).pushName,
        ...(Object.fromEntries(passedOn) as Record<string, string>),
        ...(conversation
          ? ownDeviceAttrs(conversation, attrs['recipient'] ?? attrs['to'] ?? '', byLid)
          : byLid
            ? { sender_pn: this.registry.account(sender.phone).jid }
            : { sender_lid: this.registry.account(sender.phone).lid }),
      },
      [copy.enc, ...(identity && copy.enc.attrs['type'] === 'pkmsg' ? [copyStanza(identity)] : [])],
    );
  }
}

/** Returns the recipient's other address (LID or number), as Baileys' `extractAddressingContext` reads it. */
function ownDeviceAttrs(conversation: Account, recipient: string, byLid: boolean): Record<string, string> {
  return byLid
    ? { recipient, peer_recipient_pn: conversation.jid }
    : { recipient, peer_recipient_lid: conversation.lid };
}

/**
 * Returns the copies of a message: under `participants` for several devices, directly for a single one (the phone, or a
 * device that requested a resend).
 */
function copiesIn(message: Stanza): Copy[] {
  const addressed = children(child(message, 'participants'), 'to').flatMap((to) =>
    children(to, 'enc').map((enc) => ({ jid: to.attrs['jid'] ?? '', enc })),
  );
  const direct = children(message, 'enc').map((enc) => ({ jid: message.attrs['to'] ?? '', enc }));
  return [...addressed, ...direct].map(({ jid, enc }) => ({ jid, enc: copyStanza(enc) }));
}

/** Returns the `<ack>` of a message. The error code for an unknown recipient is not public; 404 is assumed. */
function acknowledgement({ attrs }: Stanza, known: boolean): Stanza {
  const { id = '', to = '' } = attrs;
  return element('ack', { class: 'message', id, from: to, t: unixTime(), ...(!known && { error: '404' }) });
}
