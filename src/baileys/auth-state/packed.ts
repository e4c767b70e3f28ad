import { decode, encode } from '@msgpack/msgpack';

/** The first byte of every stored value, so that later versions can distinguish their own format from this one. */
const FORMAT_VERSION = 1;

/** Returns `value` as MessagePack after one byte of format version. Bytes stay bytes; undefined fields are omitted. */
export function pack(value: unknown): Buffer {
  const body = encode(plain(value), { ignoreUndefined: true });
  const packed = Buffer.allocUnsafeSlow(body.length + 1);
  packed.writeUInt8(FORMAT_VERSION, 0);
  packed.set(body, 1);
  return packed;
}

/**
 * Returns the value that `pack` encoded. Bytes become separate Buffers, the only type that libsignal accepts.
 * @throws Error for any other input
 */
export function unpack(packed: Uint8Array): unknown {
  if (packed[0] !== FORMAT_VERSION) throw new Error('unknown format version');
  return buffersIn(decode(packed.subarray(1)));
}

/** Converts the 64-bit integers of protobuf (`Long`) to numbers: all of them are times and counters. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plain);
  if ('__isLong__' in value) return Number(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

function buffersIn(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(buffersIn);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, buffersIn(member)]));
}
