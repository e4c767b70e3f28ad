/** A frame is a 3-byte big-endian length, followed by that number of bytes. */
const LENGTH_BYTES = 3;

export const NOISE_HEADER = Buffer.from([0x57, 0x41, 6, 3]);
const ROUTING_PREFIX = Buffer.from('ED\x00\x01', 'latin1');

export function frame(payload: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUIntBE(payload.length, 0, LENGTH_BYTES);
  return Buffer.concat([length, payload]);
}

/** Splits a byte stream into frames. A client's stream begins with a header, with or without routing information. */
export class FrameReader {
  private pending: Buffer = Buffer.alloc(0);
  private headerRead: boolean;

  /** @param side `requests` is the client's stream; `answers` is the server's stream, which has no header */
  constructor(side: 'requests' | 'answers') {
    this.headerRead = side === 'answers';
  }

  /** @throws Error when the client's stream does not begin with WhatsApp's header */
  push(bytes: Buffer): Buffer[] {
    this.pending = this.pending.length === 0 ? bytes : Buffer.concat([this.pending, bytes]);
    if (!this.headerRead && !this.readHeader()) return [];
    const frames: Buffer[] = [];
    for (let size = this.nextSize(); size !== undefined; size = this.nextSize()) {
      frames.push(this.pending.subarray(LENGTH_BYTES, LENGTH_BYTES + size));
      this.pending = this.pending.subarray(LENGTH_BYTES + size);
    }
    return frames;
  }

  private nextSize(): number | undefined {
    if (this.pending.length < LENGTH_BYTES) return undefined;
    const size = this.pending.readUIntBE(0, LENGTH_BYTES);
    return this.pending.length < LENGTH_BYTES + size ? undefined : size;
  }

  private readHeader(): boolean {
    let start = 0;
    if (this.pending.subarray(0, 2).equals(ROUTING_PREFIX.subarray(0, 2))) {
      if (this.pending.length < 7) return false;
      if (!this.pending.subarray(0, 4).equals(ROUTING_PREFIX)) throw new Error('unknown routing header');
      start = 7 + this.pending.readUIntBE(4, LENGTH_BYTES);
    }
    if (this.pending.length < start + NOISE_HEADER.length) return false;
    const header = this.pending.subarray(start, start + NOISE_HEADER.length);
    if (!header.equals(NOISE_HEADER)) throw new Error('not a WhatsApp client header');
    this.pending = this.pending.subarray(start + NOISE_HEADER.length);
    this.headerRead = true;
    return true;
  }
}
