import { ProtobufReader, WIRE } from './protobuf-reader.js';

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

const NOTHING = new Uint8Array(0);

/**
 * Returns the fields of a protobuf message one after the other, without decoding them and without keeping them. The
 * generated decoder makes an object for every nested message at once, which is what a bomb consists of.
 * @throws RangeError when the bytes are no protobuf message
 */
export function* fieldsIn(message: Uint8Array): Generator<Field> {
  const reader = new ProtobufReader(message);
  while (reader.offset < reader.end) {
    const start = reader.offset;
    const tag = numberIn(reader);
    const number = Math.floor(tag / 8);
    let bytes: Uint8Array = NOTHING;
    let value = 0;
    switch (tag % 8) {
      case WIRE.varint:
        value = numberIn(reader);
        break;
      case WIRE.fixed64:
        skip(reader, 8);
        break;
      case WIRE.lengthDelimited: {
        const length = numberIn(reader);
        skip(reader, length);
        bytes = message.subarray(reader.offset - length, reader.offset);
        break;
      }
      case WIRE.fixed32:
        skip(reader, 4);
        break;
      default:
        throw new RangeError('unknown wire type');
    }
    yield { number, bytes, value, raw: message.subarray(start, reader.offset) };
  }
}

function numberIn(reader: ProtobufReader): number {
  const value = reader.varint();
  if (value < 0) throw new RangeError('a number is cut off');
  return value;
}

function skip(reader: ProtobufReader, length: number): void {
  reader.offset += length;
  if (reader.offset > reader.end) throw new RangeError('a field is cut off');
}
