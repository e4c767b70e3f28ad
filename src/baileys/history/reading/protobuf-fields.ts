/** A field of a protobuf message: its number, and its bytes or its whole number. */
export interface Field {
  readonly number: number;
  /** The content of a length-delimited field; empty for others. */
  readonly bytes: Uint8Array;
  /** The value of a varint field; 0 for others. */
  readonly value: number;
  /** The whole field, with its tag. */
  readonly raw: Uint8Array;
}

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
const NOTHING = new Uint8Array(0);

/**
 * Returns the fields of a protobuf message one after the other, without decoding them and without keeping them. The
 * generated decoder makes an object for every nested message at once, which is what a bomb consists of.
 * @throws RangeError when the bytes are no protobuf message
 */
export function* fieldsIn(message: Uint8Array): Generator<Field> {
  const reader = new Reader(message);
  while (!reader.isAtEnd) {
    const start = reader.offset;
    const tag = reader.varint();
    const number = Math.floor(tag / 8);
    let bytes: Uint8Array = NOTHING;
    let value = 0;
    switch (tag % 8) {
      case VARINT:
        value = reader.varint();
        break;
      case FIXED_64:
        reader.take(8);
        break;
      case LENGTH_DELIMITED:
        bytes = reader.take(reader.varint());
        break;
      case FIXED_32:
        reader.take(4);
        break;
      default:
        throw new RangeError('unknown wire type');
    }
    yield { number, bytes, value, raw: message.subarray(start, reader.offset) };
  }
}

class Reader {
  offset = 0;

  constructor(private readonly message: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.offset >= this.message.length;
  }

  /** Numbers above 2^53 lose digits; the fields that are read have none. */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 128) {
      const byte = this.message[this.offset];
      if (byte === undefined) throw new RangeError('a number is cut off');
      this.offset += 1;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
    throw new RangeError('a number has more than ten bytes');
  }

  take(length: number): Uint8Array {
    const end = this.offset + length;
    if (end > this.message.length) throw new RangeError('a field is cut off');
    const bytes = this.message.subarray(this.offset, end);
    this.offset = end;
    return bytes;
  }
}
