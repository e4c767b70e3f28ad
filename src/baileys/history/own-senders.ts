import { jidDecode, type AuthenticationCreds, type BinaryNode } from '@whiskeysockets/baileys';

/** Enough for all messages that Baileys may still be decrypting. */
const MOST_KEPT = 512;

/**
 * The devices of the own account that sent the latest stanzas. A decrypted message does not name the device of its
 * sender; its stanza does.
 */
export class OwnSenders {
  /** The device numbers by the ids of the messages. Two devices with one id count as no phone. */
  private readonly devices = new Map<string, number>();

  constructor(private readonly creds: Pick<AuthenticationCreds, 'me'>) {}

  /** Handles `CB:message`. */
  see({ attrs }: BinaryNode): void {
    const { id, from, participant } = attrs;
    const sender = jidDecode(from);
    if (!id || !sender || participant !== undefined || !this.isOwn(sender)) return;
    const device = sender.device ?? 0;
    const before = this.devices.get(id);
    this.devices.delete(id);
    this.devices.set(id, before === undefined ? device : Math.max(before, device));
    if (this.devices.size > MOST_KEPT) this.devices.delete(this.devices.keys().next().value ?? '');
  }

  /** Baileys' `areJidsSameUser` compares no servers: a LID with the digits of a number would be that number. */
  private isOwn({ user, server }: { readonly user: string; readonly server: string }): boolean {
    const { me } = this.creds;
    const own = server === 'lid' ? me?.lid : server === 's.whatsapp.net' ? me?.id : undefined;
    return own !== undefined && jidDecode(own)?.user === user;
  }

  /** Whether the primary phone sent the message with this id. Answers once for each message. */
  takeIsPhone(id: string): boolean {
    const device = this.devices.get(id);
    this.devices.delete(id);
    return device === 0;
  }
}
