import { getHeapSnapshot } from 'node:v8';
import { json } from 'node:stream/consumers';

/** The format of `v8.getHeapSnapshot`, without the parts that are not read. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[]];
    };
  };
  /** All nodes in sequence. Each has one number per field. */
  readonly nodes: readonly number[];
}

/** Compiled code and V8's data about code and object shapes. V8 adds and removes MiB of it at any time. */
const INTERNAL_TYPES = new Set(['code', 'object shape', 'hidden', 'synthetic']);

/** Returns the bytes of all reachable objects, functions, strings and buffers. */
export async function reachableBytes(): Promise<number> {
  const { snapshot, nodes } = (await json(getHeapSnapshot())) as Snapshot;
  const {
    node_fields: fields,
    node_types: [types],
  } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  let bytes = 0;
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (!INTERNAL_TYPES.has(types[nodes[at + type] ?? 0] ?? '')) bytes += nodes[at + size] ?? 0;
  }
  return bytes;
}
