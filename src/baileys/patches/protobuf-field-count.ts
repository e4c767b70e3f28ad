const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/**
 * Whether a protobuf message has more fields than `most`, with those of nested messages. Bytes and texts count as
 * messages as far as they can be read as such, because only a schema could tell. Stops at `most`.
 */
export function hasMoreFields(message: Uint8Array, most: number): boolean {
  const parts: [start: number, end: number][] = [[0, message.length]];
  let fields = 0;
  for (let part = parts.pop(); part; part = parts.pop()) {
    let [offset] = part;
    const [, end] = part;
    while (offset < end) {
      fields += 1;
      if (fields > most) return true;
      const tag = varintAt(message, offset, end);
      if (!tag) break;
      offset = tag.end;
      const type = tag.value % 8;
      if (type === VARINT) offset = varintAt(message, offset, end)?.end ?? Infinity;
      else if (type === FIXED_64) offset += 8;
      else if (type === FIXED_32) offset += 4;
      else if (type === LENGTH_DELIMITED) {
        const length = varintAt(message, offset, end);
        if (!length || length.end + length.value > end) break;
        if (length.value > 1) parts.push([length.end, length.end + length.value]);
        offset = length.end + length.value;
      } else break;
    }
  }
  return false;
}

function varintAt(bytes: Uint8Array, start: number, end: number): { value: number; end: number } | null {
  let value = 0;
  let factor = 1;
  for (let offset = start; offset < end && factor < 2 ** 70; offset += 1) {
    const byte = bytes[offset] ?? 0;
    value += (byte % 128) * factor;
    if (byte < 128) return { value, end: offset + 1 };
    factor *= 128;
  }
  return null;
}
