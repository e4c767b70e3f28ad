/** The wire types of protobuf that are in use. */
export const WIRE = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** Reads the bytes of a protobuf message, or a part of them, without building objects. */
export class ProtobufReader {
  /** The next byte. A position beyond `end` means that the message is cut off. */
  offset = 0;

  constructor(
    readonly bytes: Uint8Array,
    public end = bytes.length,
  ) {}

  /**
   * Returns a whole number; -1 when it is cut off or longer than ten bytes. Numbers above 2^53 lose digits; tags,
   * lengths and the fields that are read have none.
   */
  varint(): number {
    let value = 0;
    let factor = 1;
    for (let length = 0; length < 10 && this.offset < this.end; length += 1) {
      const byte = this.bytes[this.offset] ?? 0;
      this.offset += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    return -1;
  }
}
