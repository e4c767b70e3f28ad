import { createDecipheriv } from 'node:crypto';
import type { WASocket } from '@whiskeysockets/baileys';
import { ServerUntrusted, StanzaTooLarge } from '../baileys.errors.js';
import { onNoiseReadKey } from '../patches/noise-read-key.js';
import { assertStanzaSize, MOST_STANZA_BYTES } from './stanza-size.js';

/** A frame is a length of three bytes, then that number of bytes. */
const LENGTH_BYTES = 3;
const TAG_BYTES = 16;
const FLAG_BYTES = 1;

/** Baileys' listener. The emitter reports the rejection of its promise. */
type MessageListener = (data: Uint8Array) => Promise<void>;

/**
 * Checks every frame of the server before Baileys reads it.
 * Baileys collects any number of bytes, and copies them for each message. It emits each frame of one message in one
 * run, and decodes stanzas of any size (14 MB: 3 s). A frame that breaks a limit ends the attempt.
 * @param noiseKey the object that Baileys uses, not a copy
 * @param onChecked called when the server has proved that it is WhatsApp
 */
export function checkIncomingFrames(
  { ws }: WASocket,
  noiseKey: { readonly private: Uint8Array },
  onChecked: () => void,
  fail: (error: unknown) => void,
): void {
  const frames = new IncomingFrames();
  onNoiseReadKey(noiseKey.private, (key) => {
    frames.startTransport(key);
    onChecked();
  });
  const readers = ws.listeners('message') as MessageListener[];
  ws.removeAllListeners('message');
  // Synchronous up to Baileys' own call, so that the order of the frames stays.
  const read = async (data: Uint8Array): Promise<void> => {
    let whole: Buffer | null = null;
    try {
      whole = frames.take(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    } catch (error) {
      fail(error);
    }
    for (const reader of whole ? readers : []) await reader(whole ?? data);
  };
  ws.on('message', read as (data: Uint8Array) => unknown);
}

/** The server's frames: one with its hello in plain text, then encrypted ones. */
export class IncomingFrames {
  private chunks: Buffer[] = [];
  private length = 0;
  private wanted = LENGTH_BYTES;
  private hellos = 0;
  private key: Buffer | null = null;
  private counter = 0;

  /** @param key decrypts all further frames */
  startTransport(key: Buffer): void {
    this.key = key;
  }

  /**
   * Adds received bytes.
   * @returns the frames that are complete now, with their lengths; null when there is none
   * @throws ServerUntrusted, before the server has proved that it is WhatsApp · StanzaTooLarge · Error for a frame
   *   that is empty or cannot be decrypted
   */
  take(data: Buffer): Buffer | null {
    this.chunks.push(data);
    this.length += data.length;
    if (this.length < this.wanted) return null;
    const bytes = Buffer.concat(this.chunks);
    let end = 0;
    this.wanted = LENGTH_BYTES;
    while (bytes.length - end >= LENGTH_BYTES) {
      const size = bytes.readUIntBE(end, LENGTH_BYTES);
      this.checkSize(size);
      this.wanted = LENGTH_BYTES + size;
      if (bytes.length - end < this.wanted) break;
      this.check(bytes.subarray(end + LENGTH_BYTES, end + this.wanted));
      end += this.wanted;
      this.wanted = LENGTH_BYTES;
    }
    this.chunks = end < bytes.length ? [bytes.subarray(end)] : [];
    this.length = bytes.length - end;
    return end === 0 ? null : bytes.subarray(0, end);
  }

  private checkSize(size: number): void {
    if (size === 0) {
      throw this.key ? new Error('an empty frame') : new ServerUntrusted('the server sent an empty frame');
    }
    if (size > FLAG_BYTES + MOST_STANZA_BYTES + TAG_BYTES) {
      throw new StanzaTooLarge(`more than ${MOST_STANZA_BYTES} bytes`);
    }
  }

  private check(frame: Buffer): void {
    if (this.key) {
      assertStanzaSize(this.decrypt(frame, this.key));
      return;
    }
    this.hellos += 1;
    // Baileys ignores further ones. They arrive in the same run, before the certificate is checked.
    if (this.hellos > 1) throw new ServerUntrusted('the server sent more than its hello');
  }

  /** AES-256-GCM with a counter, as Baileys decrypts the frame again afterwards. */
  private decrypt(frame: Buffer, key: Buffer): Buffer {
    if (frame.length <= TAG_BYTES) throw new Error('a frame without content');
    const iv = Buffer.alloc(12);
    iv.writeUInt32BE(this.counter, 8);
    this.counter += 1;
    const cipher = createDecipheriv('aes-256-gcm', key, iv);
    cipher.setAuthTag(frame.subarray(-TAG_BYTES));
    const plaintext = cipher.update(frame.subarray(0, -TAG_BYTES));
    cipher.final();
    return plaintext;
  }
}
