import { decode, encode } from '@msgpack/msgpack';

/** Leads every stored value, so that a later version can tell its own from ours. */
const FORMAT_VERSION = 1;

/** MessagePack behind one byte of format version: bytes stay bytes, undefined is left out. */
export function pack(value: unknown): Buffer {
  const body = encode(plain(value), { ignoreUndefined: true });
  const packed = Buffer.allocUnsafeSlow(body.length + 1);
  packed.writeUInt8(FORMAT_VERSION, 0);
  packed.set(body, 1);
  return packed;
}

/** Bytes come out as Buffers of their own: libsignal accepts nothing else. @throws Error when it is not what `pack` wrote */
export function unpack(packed: Uint8Array): unknown {
  if (packed[0] !== FORMAT_VERSION) throw new Error('unknown format version');
  return buffersIn(decode(packed.subarray(1)));
}

/** 64-bit integers of protobuf (`Long`) become numbers: they are times and counters. */
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
