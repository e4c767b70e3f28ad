import { ProtobufReader, WIRE } from './protobuf-reader.js';

/**
 * Whether a protobuf message has more fields than `most`, with those of nested messages. Bytes and texts count as
 * messages as far as they can be read as such, because only a schema could tell. Stops at `most`.
 */
export function hasMoreFields(message: Uint8Array, most: number): boolean {
  const reader = new ProtobufReader(message);
  /** The start and the end of each part that is still to be read. */
  const parts = [0, message.length];
  let fields = 0;
  while (parts.length > 0) {
    reader.end = parts.pop() ?? 0;
    reader.offset = parts.pop() ?? 0;
    while (reader.offset < reader.end) {
      fields += 1;
      if (fields > most) return true;
      if (!skipField(reader, parts)) break;
    }
  }
  return false;
}

/** @returns false when the rest cannot be read as fields */
function skipField(reader: ProtobufReader, parts: number[]): boolean {
  const tag = reader.varint();
  if (tag < 0) return false;
  switch (tag % 8) {
    case WIRE.varint:
      return reader.varint() >= 0;
    case WIRE.fixed64:
      reader.offset += 8;
      return true;
    case WIRE.fixed32:
      reader.offset += 4;
      return true;
    case WIRE.lengthDelimited: {
      const length = reader.varint();
      const start = reader.offset;
      if (length < 0 || start + length > reader.end) return false;
      if (length > 1) parts.push(start, start + length);
      reader.offset = start + length;
      return true;
    }
    default:
      return false;
  }
}
