import { setImmediate } from 'node:timers/promises';
import { proto } from '@whiskeysockets/baileys';
import type { AuthStateWriter, KeyChange } from '../../whatsapp/ports/auth-state.store.js';
import { pack, unpack } from './packed.js';

/**
 * The types of the two rows of a message in the account's part of the store. They are deleted together with its Signal
 * keys. The contents are separate, so that a later connection reads only the small rows.
 */
const CONTENT = 'sent-message';
const HEAD = 'sent-message-head';
const SLOTS = 512;
const MOST_BYTES = 2 * 1024 * 1024;
/** A larger message would displace too many others. Baileys keeps it in memory for five minutes. */
const MOST_BYTES_OF_A_MESSAGE = MOST_BYTES / 8;
const KEPT_MS = 24 * 60 * 60 * 1000;
/** The number of slots that are read without a pause for other work. */
const READ_AT_ONCE = 64;

interface Head {
  readonly at: number;
  readonly chat: string;
  readonly id: string;
  /** The length of the content. */
  readonly bytes: number;
}

/** A stored message, without its content. */
interface Entry {
  readonly slot: string;
  readonly at: number;
  readonly bytes: number;
}

/**
 * The latest sent messages of an account, in its part of the store: at most 512 and 2 MiB, for a day. A recipient that
 * could not read one gets it again, also after a reconnect or a restart. The store encrypts, backs up and deletes them
 * like the Signal keys.
 */
export class SentMessages {
  /** By chat and id, the oldest first. */
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;
  private loaded: Promise<void> | undefined;

  constructor(private readonly writer: Pick<AuthStateWriter, 'read' | 'write'>) {}

  /**
   * Stores a message. Without a sync: a power cut can lose the latest ones, the end of the process cannot.
   * @param chat the address that it was sent to, without a device
   * @throws StorageFailed · AttemptOver
   */
  async keep(chat: string, id: string, message: proto.IMessage): Promise<void> {
    const encoded = proto.Message.encode(message).finish();
    if (encoded.length > MOST_BYTES_OF_A_MESSAGE) return;
    await this.load();
    const at = Date.now();
    const bytes = encoded.length;
    const name = nameOf(chat, id);
    const freed = [...this.forget(name), ...this.makeRoom(at, bytes)];
    const slot = this.freeSlot();
    this.remember(name, { slot, at, bytes });
    const kept = rowsOf(slot, pack({ at, chat, id, bytes } satisfies Head), encoded);
    const deleted = freed.filter((other) => other !== slot).flatMap((other) => rowsOf(other, null, null));
    await this.writer.write({ keys: [...kept, ...deleted] });
  }

  /** @returns undefined when it was not kept, or for more than a day. @throws StorageFailed · AttemptOver */
  async find(chat: string, id: string): Promise<proto.IMessage | undefined> {
    await this.load();
    const entry = this.entries.get(nameOf(chat, id));
    if (!entry || isExpired(entry, Date.now())) return undefined;
    const content = (await this.writer.read(CONTENT, [entry.slot])).get(entry.slot);
    return content && proto.Message.decode(content);
  }

  /** Reads what earlier connections have stored, once. A failed read is repeated by the next call. */
  private load(): Promise<void> {
    this.loaded ??= this.readSlots().catch((error: unknown) => {
      this.loaded = undefined;
      throw error;
    });
    return this.loaded;
  }

  private async readSlots(): Promise<void> {
    const found: (readonly [string, Entry])[] = [];
    for (let first = 0; first < SLOTS; first += READ_AT_ONCE) {
      const slots = Array.from({ length: READ_AT_ONCE }, (_, index) => String(first + index));
      for (const [slot, head] of await this.writer.read(HEAD, slots)) {
        const { at, chat, id, bytes } = unpack(head) as Head;
        found.push([nameOf(chat, id), { slot, at, bytes }]);
      }
      await setImmediate();
    }
    for (const [name, entry] of found.sort(([, left], [, right]) => left.at - right.at)) {
      this.remember(name, entry);
    }
  }

  private remember(name: string, entry: Entry): void {
    this.entries.set(name, entry);
    this.bytes += entry.bytes;
  }

  /** @returns the slots that became free */
  private forget(name: string): string[] {
    const entry = this.entries.get(name);
    if (!entry) return [];
    this.entries.delete(name);
    this.bytes -= entry.bytes;
    return [entry.slot];
  }

  /** Forgets expired messages, and the oldest ones until there is room. @returns the slots that became free */
  private makeRoom(now: number, bytes: number): string[] {
    const freed: string[] = [];
    for (const [name, entry] of this.entries) {
      const hasRoom = this.entries.size < SLOTS && this.bytes + bytes <= MOST_BYTES;
      if (hasRoom && !isExpired(entry, now)) break;
      freed.push(...this.forget(name));
    }
    return freed;
  }

  private freeSlot(): string {
    const used = new Set([...this.entries.values()].map(({ slot }) => slot));
    for (let slot = 0; slot < SLOTS; slot += 1) if (!used.has(String(slot))) return String(slot);
    throw new RangeError('no slot is free');
  }
}

function isExpired({ at }: Entry, now: number): boolean {
  return now - at > KEPT_MS;
}

function rowsOf(slot: string, head: Uint8Array | null, content: Uint8Array | null): KeyChange[] {
  return [
    { type: HEAD, id: slot, value: head },
    { type: CONTENT, id: slot, value: content },
  ];
}

function nameOf(chat: string, id: string): string {
  return `${chat} ${id}`;
}
