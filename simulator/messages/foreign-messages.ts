import { randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import { element, unixTime, type Stanza } from '../wire/stanza.js';
import type { MessageRouter } from './message-router.js';

/** A message from a sender outside the simulator's accounts, to the devices of one account. */
export interface ForeignMessage {
  phone: string;
  /** The JID of the chat: a user, `status@broadcast`, a newsletter or a group. */
  from: string;
  /** The author, in a group or a status update. */
  participant?: string;
  /** Default: a new one. */
  id?: string;
  /** The type of encryption of random bytes, which no client can decrypt. Default `pkmsg`. */
  enc?: string;
  /** The text of a message without encryption, as in newsletters. Replaces `enc`. */
  text?: string;
}

/** Delivers messages of foreign senders. They share no keys with a device, so an encrypted one cannot be read. */
export class ForeignMessages {
  private lastId = 0;

  constructor(
    private readonly registry: DeviceRegistry,
    private readonly router: MessageRouter,
  ) {}

  /** @returns the number of devices that it is queued for */
  deliver({ phone, from, participant, id, enc = 'pkmsg', text }: ForeignMessage): number {
    const attrs = {
      from,
      id: id ?? `FOREIGN${(this.lastId += 1)}`,
      t: unixTime(),
      type: 'text',
      ...(participant !== undefined && { participant }),
    };
    const content = text === undefined ? unreadable(enc) : plaintext(text);
    const devices = this.registry.devices(phone);
    for (const device of devices) {
      this.router.enqueue(device, { kind: 'message', stanza: element('message', attrs, [content]) });
    }
    return devices.length;
  }
}

function unreadable(type: string): Stanza {
  return element('enc', { v: '2', type }, randomBytes(120));
}

function plaintext(text: string): Stanza {
  return element('plaintext', {}, proto.Message.encode({ conversation: text }).finish());
}
